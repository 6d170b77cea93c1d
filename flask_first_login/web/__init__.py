"""The pages: the wizard, the sign-in, its outcomes, and the learner's hours, as one Flask blueprint."""
