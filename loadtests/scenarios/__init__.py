"""Scenarios as Locust users, and the processes that run them: everything here knows Locust and gevent.

Importing Locust patches the whole process, so nothing outside imports from here but the locustfile.
"""
