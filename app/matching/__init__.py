"""What can meet a request: ranked, explained, and put together as a plan."""
