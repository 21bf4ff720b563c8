"""What an authority's rescuers really use, and whether what is offered fits it."""
