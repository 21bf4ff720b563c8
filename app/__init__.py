"""The Almaty Centre portal: see docs/architecture.md for the rooms of this house."""
