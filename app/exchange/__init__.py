"""Requests, offers and deployments as EDXL-RM messages."""
