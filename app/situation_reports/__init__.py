"""Numbered reports on an event: drafted, published, corrected as new versions."""
