"""The words that ship, in English and Welsh: what a message says until headquarters changes it.

No subject holds more than the ballot's title, so that none says how anybody should vote.
"""

from collections.abc import Mapping

from app.notices.words import Words

INVITATION = {
    "en": Words(
        "{title}: your voting link",
        "Dear {name},\n\n"
        "You are asked by {union} to vote in this ballot: {title}.\n\n"
        "{question}\n\n"
        "Vote with your personal link. It takes about a minute:\n\n"
        "{link}\n\n"
        "Voting opens: {opens}\nVoting closes: {closes}\n(London time)\n\n"
        "The link is yours alone. Whoever has it could vote in your place, so do not pass it on. "
        "You can vote once, and nobody at the union can see how you voted.",
    ),
    "cy": Words(
        "{title}: eich dolen bleidleisio",
        "Annwyl {name},\n\n"
        "Mae {union} yn gofyn i chi bleidleisio yn y bleidlais hon: {title}.\n\n"
        "{question}\n\n"
        "Pleidleisiwch drwy eich dolen bersonol. Tua munud mae’n ei gymryd:\n\n"
        "{link}\n\n"
        "Pleidleisio’n agor: {opens}\nPleidleisio’n cau: {closes}\n(amser Llundain)\n\n"
        "Eich dolen chi yn unig yw hon. Gallai unrhyw un sydd â hi bleidleisio yn eich lle, felly "
        "peidiwch â’i rhannu. Cewch bleidleisio unwaith, ac ni all neb yn yr undeb weld sut y "
        "gwnaethoch bleidleisio.",
    ),
}
NEW_LINK = {
    "en": Words(
        "{title}: your new voting link",
        "Dear {name},\n\n"
        "You asked for a new voting link for this ballot: {title}. Here it is, for you alone: "
        "do not pass it on. Links that you were sent before do not work any more.\n\n"
        "{link}\n\n"
        "Voting opens: {opens}\nVoting closes: {closes}\n(London time)\n\n"
        "If you did not ask, nothing is lost: only this address was sent the link. "
        "Vote with it, and tell {help}.",
    ),
    "cy": Words(
        "{title}: eich dolen bleidleisio newydd",
        "Annwyl {name},\n\n"
        "Gofynnoch am ddolen bleidleisio newydd ar gyfer y bleidlais hon: {title}. Dyma hi, i chi "
        "yn unig: peidiwch â’i rhannu. Nid yw dolenni a anfonwyd atoch o’r blaen yn gweithio "
        "mwyach.\n\n"
        "{link}\n\n"
        "Pleidleisio’n agor: {opens}\nPleidleisio’n cau: {closes}\n(amser Llundain)\n\n"
        "Os na wnaethoch ofyn, nid oes dim wedi’i golli: i’r cyfeiriad hwn yn unig yr anfonwyd y "
        "ddolen. Pleidleisiwch drwyddi, a rhowch wybod. Dyma i bwy: {help}.",
    ),
}
_WAY = {
    "en": (
        "Vote with the personal link that you were sent when voting opened, or with the code from "
        "your letter. If you cannot find it, ask for a new one, which is sent at once:\n\n"
        "{lost_link}\n\n"
        "Voting closes: {closes} (London time)\n\n"
    ),
    "cy": (
        "Pleidleisiwch drwy’r ddolen bersonol a anfonwyd atoch pan agorodd y bleidlais, neu â’r "
        "cod o’ch llythyr. Os na allwch ddod o hyd iddi, gofynnwch am un newydd, a anfonir ar "
        "unwaith:\n\n"
        "{lost_link}\n\n"
        "Pleidleisio’n cau: {closes} (amser Llundain)\n\n"
    ),
}
REMINDER = {
    "en": Words(
        "{title}: you have not voted yet",
        "Dear {name},\n\n"
        "{union} asked you to vote in this ballot, and your vote has not reached us yet: {title}."
        "\n\n{question}\n\n" + _WAY["en"] + "If you voted in the last few minutes, thank you, and "
        "forget this message. Nobody at the union is told who was sent it, and nobody can see how "
        "you vote.",
    ),
    "cy": Words(
        "{title}: nid ydych wedi pleidleisio eto",
        "Annwyl {name},\n\n"
        "Gofynnodd {union} i chi bleidleisio yn y bleidlais hon, ac nid yw eich pleidlais wedi "
        "ein cyrraedd eto: {title}.\n\n{question}\n\n" + _WAY["cy"] + "Os gwnaethoch bleidleisio "
        "yn y munudau diwethaf, diolch, ac anwybyddwch y neges hon. Ni ddywedir wrth neb yn yr "
        "undeb pwy a’i derbyniodd, ac ni all neb weld sut y byddwch yn pleidleisio.",
    ),
}
EXTENSION = {
    "en": Words(
        "{title}: voting closes later",
        "Dear {name},\n\n"
        "Voting in this ballot closes later than you were told: {title}.\n\n"
        "Why: {reason}\n\n" + _WAY["en"] + "Links and codes that you were sent before still work. "
        "You are told because your vote had not reached us when this message left.",
    ),
    "cy": Words(
        "{title}: mae’r pleidleisio’n cau’n hwyrach",
        "Annwyl {name},\n\n"
        "Mae’r pleidleisio yn y bleidlais hon yn cau’n hwyrach nag a ddywedwyd wrthych: {title}."
        "\n\nPam: {reason}\n\n" + _WAY["cy"] + "Mae dolenni a chodau a anfonwyd atoch o’r blaen yn "
        "dal i weithio. Rydych yn cael gwybod am nad oedd eich pleidlais wedi ein cyrraedd pan "
        "adawodd y neges hon.",
    ),
}
TEXT = {
    "en": Words("", "{union}: vote in {title} by {closes}: {link}"),
    "cy": Words("", "{union}: pleidleisiwch: {title}, erbyn {closes}: {link}"),
}
# Neither holds a code, as the mails do not (docs/decisions/0035). Their members have no e-mail
# address to which a new link could go, so it is whom to ask that they are told.
TEXT_REMINDER = {
    "en": Words(
        "",
        "{union}: your vote has not reached us: {title}. It closes {closes}. Use the link or code "
        "you were sent. Help: {help}",
    ),
    "cy": Words(
        "",
        "{union}: nid yw eich pleidlais wedi cyrraedd: {title}. Mae'n cau {closes}. Defnyddiwch y "
        "ddolen neu'r cod a gawsoch. Cymorth: {help}",
    ),
}
TEXT_EXTENSION = {
    "en": Words(
        "",
        "{union}: voting closes later: {title}. It now closes {closes}. The link or code you were "
        "sent still works. Help: {help}",
    ),
    "cy": Words(
        "",
        "{union}: mae'r bleidlais yn cau'n hwyrach: {title}. Mae'n cau {closes}. Mae'r ddolen "
        "neu'r cod a gawsoch yn dal i weithio. Cymorth: {help}",
    ),
}
LETTER = {
    "en": Words(
        "Your vote: {title}",
        "Dear {name},\n\n"
        "{union} asks you to vote in this ballot.\n\n"
        "{question}\n\n"
        "Voting opens: {opens}\nVoting closes: {closes}\n(London time)\n\n"
        "You can vote once, and nobody at the union can see how you voted. The link and the code "
        "below are yours alone. Whoever has them could vote in your place, so do not pass them on.",
    ),
    "cy": Words(
        "Eich pleidlais: {title}",
        "Annwyl {name},\n\n"
        "Mae {union} yn gofyn i chi bleidleisio yn y bleidlais hon.\n\n"
        "{question}\n\n"
        "Pleidleisio’n agor: {opens}\nPleidleisio’n cau: {closes}\n(amser Llundain)\n\n"
        "Cewch bleidleisio unwaith, ac ni all neb yn yr undeb weld sut y gwnaethoch bleidleisio. "
        "Eich dolen a’ch cod chi yn unig yw’r rhai isod. Gallai unrhyw un sydd â nhw bleidleisio "
        "yn eich lle, felly peidiwch â’u rhannu.",
    ),
}
# Stands under every mail; headquarters cannot leave it out.
FOOTERS: Mapping[str, str] = {
    "en": (
        "For help, or if you doubt that this message is real, contact {help}. "
        "If you lost your link or it does not work, "
        "ask for a new one: {lost_link}\n\n"
        "Why we used this address: it is the one that {union} holds for you, and you are on the "
        "roll of those entitled to vote. To see what the roll says of you: {my_details}"
    ),
    "cy": (
        "Am gymorth, neu os ydych yn amau a yw’r neges hon yn un go iawn, dyma pwy i’w holi: "
        "{help}. Os colloch eich dolen neu os nad yw’n gweithio, "
        "gofynnwch am un newydd: {lost_link}\n\n"
        "Pam y defnyddiwyd y cyfeiriad hwn: dyma’r un sydd gan {union} ar eich cyfer, ac rydych "
        "ar restr y rhai sydd â hawl i bleidleisio. I weld beth mae’r rhestr yn ei ddweud "
        "amdanoch: {my_details}"
    ),
}
VOTE_NOW: Mapping[str, str] = {"en": "Vote now", "cy": "Pleidleisiwch nawr"}
ASK_AGAIN: Mapping[str, str] = {"en": "Ask for a new link", "cy": "Gofynnwch am ddolen newydd"}
