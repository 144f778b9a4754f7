"""The API kit: what every endpoint under `/api/v1/` is made of (docs/api.md says it to clients).

An app writes its serializers and views in its own `api.py` and ends it with `register("rounds", RoundViewSet)`.
`portal.api.urls` finds the `api` module of every installed app, as Django finds `admin`, so that nothing here
names an app. A nested resource is a prefix with a group: `register(r"rounds/(?P<round_id>[0-9]+)/themes", …)`.
"""
