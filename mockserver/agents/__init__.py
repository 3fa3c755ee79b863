"""`kordkit mcp`: the mock for agents, over the Model Context Protocol. A thin face of commands and control API.

It starts `kordkit mock` and `kordkit check` as anybody does, and imports nothing of the mock. It talks to the mock
that it started, and to the one server that its user named for a check; an agent cannot name another.
"""
