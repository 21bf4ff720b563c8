"""Warnings to neighbours in CAP: issued, updated, cancelled, and who has opened and acknowledged them."""
