"""Offers on request lines, or without a request; what is accepted is committed."""
