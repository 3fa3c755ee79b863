"""Scenarios as Locust users: everything here knows Locust.

Importing Locust patches the whole process, so nothing outside imports from here but the locustfile.
"""
