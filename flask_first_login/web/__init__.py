"""The pages: the wizard, the sign-in, its outcomes, and the learner's hours, as one Flask blueprint.

Every URL stands in `blueprint`. Here live the guide, failures and what all pages share; a sign-in lives in `sign_in`,
the pages of a learner in `learner`, the same as JSON in `api`. Nothing is decided here: whose account it is says
`linking`, whose hours count `hours`, and a provider is asked by `providers`.
"""
