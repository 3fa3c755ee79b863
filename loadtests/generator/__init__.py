"""The processes that send: everything here knows Locust and gevent."""
