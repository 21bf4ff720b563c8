"""Border crossings, airports and ports by which help comes into a country, and how each country receives it."""
