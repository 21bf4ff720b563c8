"""Requests for assistance: lines, the decision, and how far each line has come."""
