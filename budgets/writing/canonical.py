"""The canonical file of a submitted version: RFC 8785 JSON with the attachments' hashes inside.

The same proposal always gives the same bytes, so that anyone can hash the file and compare.
"""

import hashlib

import rfc8785
from django.core import signing
from django.urls import reverse
from django.utils.translation import override

from budgets.models import ProposalVersion
from portal.audit import plain

SIGNER = signing.Signer(salt="proposal-version")
SCHEMA = "smart-city-portal/proposal/1"
NOT_TEXT = frozenset({"number", "version", "signature"})
SHORTEST_CODE = 16


def content(proposal, *, signature):
    """What was signed, in JSON's own types. Amounts are decimal strings in baht."""
    place = proposal.local_government
    return plain(
        {
            "schema": SCHEMA,
            "number": proposal.number,
            "version": proposal.version,
            "round": {
                "id": str(proposal.round_id),
                "name_th": proposal.round.name_th,
                "fiscal_year": proposal.round.fiscal_year,
            },
            "local_government": {"id": str(place.pk), "name_th": place.name_th, "province": place.province.code},
            "theme": {
                "code": proposal.theme.code,
                "edition": proposal.theme_edition,
                "name_th": proposal.theme.name_th,
            },
            "title_th": proposal.title_th,
            "title_en": proposal.title_en,
            "primary_dimension": proposal.primary_dimension,
            "dimensions": proposal.dimensions,
            "beneficiaries_count": proposal.beneficiaries_count,
            "subdistricts": sorted(s.code for s in proposal.subdistricts.all()),
            "priority": proposal.priority,
            "rationale": proposal.rationale,
            "objectives": proposal.objectives,
            "targets": proposal.targets,
            "dev_plan": {
                "window": proposal.plan_window,
                "edition": proposal.plan_edition,
                "page": proposal.plan_page,
                "item_no": proposal.plan_item_no,
                "approved_on": proposal.plan_approved_on,
                "expected_on": proposal.plan_expected_on,
            },
            "items": [_item(item) for item in proposal.items.all()],
            "funding": [
                {"channel": line.channel, "fiscal_year": line.fiscal_year, "amount_baht": line.amount_baht}
                for line in proposal.funding.all()
            ],
            **({"overlap_note": proposal.overlap_note} if proposal.overlap_note else {}),
            "kpis": [
                {
                    "name_th": kpi.name_th,
                    "unit": kpi.unit,
                    "baseline": kpi.baseline,
                    "baseline_on": kpi.baseline_on,
                    "target": kpi.target,
                    "direction": kpi.direction,
                }
                for kpi in proposal.kpis.all()
            ],
            "om_cost_yearly_baht": proposal.om_cost_yearly_baht,
            "om_source": proposal.om_source,
            "personal_data": {"processed": proposal.personal_data_processed, "note": proposal.personal_data_note},
            "risks": proposal.risks,
            "total_cost_baht": proposal.total_cost_baht,
            "requested_baht": proposal.requested_baht,
            "attachments": [
                {"kind": a.kind, "name": a.file.name, "size": a.file.size, "sha256": a.file.sha256}
                for a in proposal.attachments.all()
                if a.removed_at is None
            ],
            "signature": signature,
        }
    )


def _item(item):
    return {
        "category": item.category.code,
        "description": item.description,
        "quantity": item.quantity,
        "unit": item.unit,
        "unit_price_baht": item.unit_price_baht,
        "total_baht": item.total_baht,
        "price_basis": item.price_basis,
        "price_reference": item.price_reference,
        "listing": item.listing_snapshot or None,
        "fiscal_year": item.fiscal_year,
        "quarter": item.quarter,
        "few_quotations_reason": item.few_quotations_reason,
        "quotations": [
            {
                "seller": quotation.seller_name,
                "juristic_number": quotation.juristic_number,
                "amount_baht": quotation.amount_baht,
                "quoted_on": quotation.quoted_on,
                "file_sha256": quotation.file.sha256 if quotation.file else None,
            }
            for quotation in item.quotations.all()
        ],
    }


def text_sha256(proposal):
    """The SHA-256 of the text of `proposal` (read whole), as it stands on the page that is signed on paper.

    The text is the canonical file without its number, version and signature, which it gets by being received.
    """
    whole = content(proposal, signature=None)
    if whole["theme"]["edition"] is None:
        whole["theme"]["edition"] = proposal.theme.edition
    return text_digest(whole)


def text_digest(content):
    """The SHA-256 of the text in `content`, of a proposal or of a canonical file that was read."""
    text = {name: value for name, value in content.items() if name not in NOT_TEXT}
    return hashlib.sha256(rfc8785.dumps(text)).hexdigest()


def paper_code(sha256):
    """The beginning of a text's hash in groups of four, short enough to be copied from paper."""
    return "-".join(sha256[i : i + 4] for i in range(0, SHORTEST_CODE, 4))


def fits_code(sha256, given):
    """Whether `given` (hexadecimal digits, the code on paper or more of the hash) is the beginning of `sha256`."""
    return len(given) >= SHORTEST_CODE and sha256.startswith(given)


def signature_by(person, capacity, *, at):
    """The signature that `person` gives in the portal in `capacity` (a membership), at a moment.

    The capacity is told in Thai, whatever language the person reads.
    """
    with override("th"):
        capacity_th = str(capacity.get_role_display()) if capacity else ""
    return {
        "method": "electronic",
        "name": person.get_full_name() or person.username,
        "title": person.title,
        "capacity": capacity_th,
        "acting": bool(capacity and capacity.acting),
        "order_no": capacity.order_no if capacity else "",
        "signed_at": at,
    }


def freeze(proposal, *, signer, signature, at, letter_no=""):
    """The new `ProposalVersion` of a proposal just signed by `signer` (None without an account) as in `signature`."""
    proposal = type(proposal).objects.whole().get(pk=proposal.pk)
    canonical = rfc8785.dumps(content(proposal, signature=signature))
    return ProposalVersion.objects.create(
        proposal=proposal,
        version=proposal.version,
        canonical=canonical,
        sha256=hashlib.sha256(canonical).hexdigest(),
        submitted_at=at,
        signed_by=signer,
        signer_name=signature["name"],
        signer_title=signature["title"],
        signer_capacity=signature["capacity"],
        order_no=signature["order_no"],
        letter_no=letter_no,
    )


def verify_url(version):
    """The public address that tells whether a document matches: it opens without signing in."""
    return _signed("budgets:verify", version)


def canonical_url(version):
    """The public address of the canonical file itself."""
    return _signed("budgets:canonical", version)


def _signed(name, version):
    seal = signature_of(version.proposal.number, version.version)
    return f"{reverse(name, args=[version.proposal.number, version.version])}?s={seal}"


def signature_of(number, version):
    """The unguessable part of a version's public address."""
    return SIGNER.signature(f"{number}/{version}")[:22]


def paper_url(proposal, sha256):
    """The public address on a page to be signed on paper: whether the text is still the one that was printed."""
    return f"{reverse('budgets:verify-paper', args=[proposal.pk, sha256])}?s={paper_seal(proposal.pk, sha256)}"


def paper_seal(pk, sha256):
    """The unguessable part of the address on a page to be signed on paper."""
    return SIGNER.signature(f"paper/{pk}/{sha256}")[:22]
