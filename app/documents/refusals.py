"""A file that cannot be kept, with the sentence that says why and what to do."""


class Unfit(Exception):
    """Raised while a file is examined; becomes a refusal of the field `file`."""
