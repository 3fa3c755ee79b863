"""Who exists before the first request: organizations, services, keys and bookings.

acme-salon.yaml is shipped, schema.yaml says how to write another one, generate.py invents as many
as are wanted.
"""
