"""One sign-in, from the button to the account that is signed in, and what changes how an account signs in.

Here live the views of a sign-in, what a browser keeps of one (sealed cookies), the consent of a social learner, the
proof that somebody is here now, and the operator's trial. How a provider is asked stands in `providers`, whose account
it is in `linking`, and what a learner reads after it in `web.learner`.
"""
