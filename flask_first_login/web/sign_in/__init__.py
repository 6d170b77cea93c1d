"""One sign-in, from the button to the account that is signed in, and what changes how an account signs in.

An answer passes `views.callback`, `form_post` (or the query), `transaction` (whose sign-in it is, used up once), the
provider's client, the provider's ``identify``, `finish` (decide, carry out, sign in); `social_consent` stands before
the account of a social learner. What a browser keeps is in `sealed_cookies`, and an answer that comes twice is led on
by `repeated_answer`. `reauthentication` proves that somebody is here now, before `unlink` or another identity.

Not here: how a provider is asked (`providers`), whose account it is (`linking`), what a failure says
(`web.failure_texts`), and what a learner reads after it (`web.learner`).
"""
