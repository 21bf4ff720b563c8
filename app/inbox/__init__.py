"""What feeds brought, one candidate a happening: sorted by rule, decided on by operators."""
