"""What is under way: shipped, at the border, received, extended, recalled, returned."""
