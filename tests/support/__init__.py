"""What several tests share. Tests import from here and from the doors of the product, never from each other.

A sign-in is run in one of two ways: in this process by `flask_first_login.testing.sign_in_as`, which asks no provider,
or over real HTTP by `learner.Learner`, a browser that follows every redirect.

A portal and its pages
    pages             a bare portal, and its pages as a learner or a screen reader finds them
    pseudo_language   a language in which every word that no catalog can translate stands out
    documents         the documents of the JSON interface, beside the pages that they stand for
    healthy_portal    a portal with which nothing is wrong, for tests that plant one fault in it
    host_portal       a portal whose every sign-in brings the identity that the test sets
    arrival_portal    such a portal for several processes
    importing_portal  a portal that brings in its members in a process of its own
    networked_portal  a portal whose settings stand in its environment, on a network that may be broken

A browser
    learner           a learner's browser over real HTTP, and the sandbox in a process of its own
    chromium          one real Chromium for all tests of a process

Providers
    stand_in_provider providers in this process, over real HTTP: honest, until a test says otherwise
    relying_party     a relying party at the pretend providers, which does right or wrong as it is told
    foreign_provider  an OpenID provider that nobody here wrote
    publisher         a clock and a provider that obey, for what is kept of what a provider publishes
    kerberos_tickets  Kerberos tickets and keytabs made by hand, right or wrong in any one thing
    mit_kerberos      a realm of MIT Kerberos, and MIT's library as a second opinion
    loopback_servers  servers that do to their callers what a test says

Databases and people
    databases         SQLite without and with foreign keys, and a real PostgreSQL
    crowd             made-up learners, many, written straight into the tables

Programs
    dying_process     a sign-in that kills its own process at a step
    from_the_wheel    what the wheel can do where it was installed alone
"""
