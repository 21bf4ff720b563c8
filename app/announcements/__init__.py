"""What happened that outsiders asked to be told of, and the conditions under which they did."""
