"""The wizard as data: what it asks, what it advises, where each answer leads, and the proof that it is whole.

Screens, words and the Q&A live here, and what can be told from them alone. Nothing of Flask or of settings may.
"""

from .check import Flow, check
from .diagram import diagram
from .faq import FAQ, Entry
from .model import (
    Aside,
    Choose,
    Comparison,
    Contact,
    Download,
    Go,
    Heading,
    Inset,
    Item,
    Items,
    Need,
    Needs,
    Option,
    Page,
    Paragraph,
    Question,
    See,
    SignIn,
    Visit,
    Warning,
)
from .notices import NOTICES
from .shared_texts import SOCIAL_WARNING
from .standard import STANDARD
from .walk import paths

__all__ = [
    "FAQ",
    "NOTICES",
    "SOCIAL_WARNING",
    "STANDARD",
    "Aside",
    "Choose",
    "Comparison",
    "Contact",
    "Download",
    "Entry",
    "Flow",
    "Go",
    "Heading",
    "Inset",
    "Item",
    "Items",
    "Need",
    "Needs",
    "Option",
    "Page",
    "Paragraph",
    "Question",
    "See",
    "SignIn",
    "Visit",
    "Warning",
    "check",
    "diagram",
    "paths",
]
