"""How fast the portal answers, told as a share of what its database does alone. `./portal bench` prints it."""
