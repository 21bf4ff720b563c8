"""Waybills and goods-received notes as PDF."""
