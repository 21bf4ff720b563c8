"""What comes in from outside: feeds fetched on time, and their items as they were said."""
