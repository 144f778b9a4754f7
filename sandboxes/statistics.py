"""Which rules stand in the way most: the evidence for the fourth challenge, laws and regulations."""

from collections import defaultdict

from sandboxes.states import WaiverState


def by_law(issues):
    """One row for each law and authority, most issues first: `law, authority, issues, pilots, granted, refused,
    waiting` (counts) and `days` (whole days from request to instrument on average, or None).

    `issues` are fetched with their authority, pilot and waivers. Granted are instruments that were given, whether
    or not they have ended since.
    """
    groups = defaultdict(list)
    for issue in issues:
        groups[" ".join(issue.law.split()), issue.authority].append(issue)
    rows = [_row(law, authority, found) for (law, authority), found in groups.items()]
    return sorted(rows, key=lambda row: (-row["issues"], -row["pilots"], row["law"]))


def _row(law, authority, issues):
    waivers = [waiver for issue in issues for waiver in issue.waivers.all()]
    states = [waiver.state for waiver in waivers]
    waits = [(one.instrument_on - one.requested_on).days for one in waivers if one.instrument_on]
    given = {WaiverState.IN_FORCE, WaiverState.EXPIRED, WaiverState.REVOKED}
    return {
        "law": law,
        "authority": authority.name,
        "authority_code": authority.code,
        "issues": len(issues),
        "pilots": len({issue.pilot_id for issue in issues}),
        "granted": sum(state in given for state in states),
        "refused": states.count(WaiverState.REFUSED),
        "waiting": states.count(WaiverState.REQUESTED),
        "days": round(sum(waits) / len(waits)) if waits else None,
    }
