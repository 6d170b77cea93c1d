"""The pages as JSON, for portals with a front end or an app of their own.

Each document is made of the very values its page is made of, in the same two languages, under the same session
and with the same tokens against forged requests. `description` says in OpenAPI 3.1 what each holds.
"""
