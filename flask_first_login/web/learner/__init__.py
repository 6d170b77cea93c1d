"""The pages of a learner who is signed in: what came of the sign-in, whose hours count, the guard of a host's views.

Nothing here begins, completes or changes a sign-in: that is `web.sign_in`.
"""
