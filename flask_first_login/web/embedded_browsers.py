"""Browsers inside other apps, such as one in which a chat opens links: which they are, and who turns them away.

Google turns all of them away, Facebook those of Android (since October 2021): what is typed into one can be read by the
app around it. In Taiwan most of them are LINE's, which has a way out of its own.
"""

from __future__ import annotations

import re

#: How they name themselves, each of the vendor that is beside it.
EMBEDDED = {
    r"FBA[NV]|FB_IAB": "Facebook and Messenger",
    r"Instagram": "Instagram",
    r"\bBarcelona ": "Threads",
    r"\bLine/": "LINE",
    r"MicroMessenger": "WeChat",
    r"BytedanceWebview|musical_ly|TikTok": "TikTok",
    r"Twitter(?:Android| for )": "X",
    r"\[LinkedInApp\]": "LinkedIn",
    r"KAKAOTALK": "KakaoTalk",
    r"Snapchat/": "Snapchat",
    r"\[Pinterest/": "Pinterest",
    r"; wv\)": "any app of Android, by the WebView of the system",
}
ANY = re.compile("|".join(EMBEDDED), re.ASCII)
OF_LINE = re.compile(r"\bLine/", re.ASCII)
OF_APPLE = re.compile(r"\(iP(?:hone|ad|od)", re.ASCII)
OF_ANDROID = re.compile(r"\bAndroid\b", re.ASCII)
#: The longest that browsers inside other apps send have some 500 characters.
LONGEST_AGENT = 2048


def is_embedded(agent: str) -> bool:
    """Whether a browser is one inside another app. Any of an iPhone is that does not call itself Safari, as all
    browsers there do.

    Each part of the text is looked at once: a pattern that looks ahead from every ``(iPhone`` would be kept busy for
    seconds by a header of 64 KiB.
    """
    agent = agent[:LONGEST_AGENT]
    after_safari = agent.rpartition(" Safari/")[2]
    phone = OF_APPLE.search(after_safari)
    return bool(ANY.search(agent)) or (phone is not None and " Mobile/" in after_safari[phone.end() :])


def refuses(embedded: bool | str, agent: str) -> bool:
    """Say whether a provider that ``refuses_embedded`` so turns this browser away."""
    if not embedded or not is_embedded(agent):
        return False
    return embedded is True or OF_ANDROID.search(agent[:LONGEST_AGENT]) is not None


def has_way_out(agent: str) -> bool:
    """Say whether this browser opens an address with ``openExternalBrowser=1`` in the phone's own: LINE's does."""
    return OF_LINE.search(agent[:LONGEST_AGENT]) is not None
