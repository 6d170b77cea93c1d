"""The pages as JSON, for portals with a front end or an app of their own.

Here live the documents, the views that fill them, their refusals, and their description in OpenAPI 3.1. They say what
the pages say, in the same two languages, under the same session and with the same tokens against forged requests.
Nothing is decided here, and nothing of a sign-in is done here: the views ask what the pages ask.
"""
