"""What sources said of the harm an event did: a ledger, never summed, and the headline chosen from it by rule."""
