"""Addresses of accounts, posts, the bell, the outbox and jobs."""

from django.urls import path

from portal import message_views
from portal.people import account_views, inviting_views, orders_views

urlpatterns = [
    path("account/", account_views.account, name="account"),
    path("account/close/", account_views.account_close, name="account-close"),
    path("account/tokens/", account_views.token_list, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", account_views.token_revoke, name="token-revoke"),
    path("access/", orders_views.new_access, name="new-access"),
    path("join/", account_views.join, name="join"),
    path("people/", account_views.PeopleList.as_view(), name="people"),
    path("people/orders/", orders_views.OrderList.as_view(), name="acting-orders"),
    path("people/orders/new/", orders_views.order_new, name="acting-order-new"),
    path("people/orders/<int:pk>/check/", orders_views.order_check, name="acting-order-check"),
    path("people/orders/<int:pk>/file/", orders_views.order_file, name="acting-order-file"),
    path("people/<int:pk>/access/", orders_views.access_issue, name="access-issue"),
    path("people/<int:pk>/end/", account_views.membership_end, name="membership-end"),
    path("people/<int:pk>/confirm/", account_views.membership_confirm, name="membership-confirm"),
    path("people/<int:pk>/decline/", account_views.membership_decline, name="membership-decline"),
    path("people/invite/", account_views.invite, name="invite"),
    path("people/invite/workbook/", inviting_views.workbook, name="invite-workbook"),
    path("people/invite/workbook.xlsx", inviting_views.template, name="invite-template"),
    path("people/invitations/", account_views.InvitationList.as_view(), name="invitations"),
    path("people/invitations/letters/", inviting_views.letters_again, name="invitation-letters"),
    path("people/invitations/<int:pk>/renew/", account_views.invitation_renew, name="invitation-renew"),
    path("people/invitations/<int:pk>/withdraw/", account_views.invitation_withdraw, name="invitation-withdraw"),
    path("notices/", message_views.Bell.as_view(), name="notices"),
    path("notices/read/", message_views.notices_read, name="notices-read"),
    path("notices/<int:pk>/", message_views.notice_open, name="notice-open"),
    path("outbox/", message_views.Outbox.as_view(), name="outbox"),
    path("outbox/<int:pk>/", message_views.outbox_letter, name="outbox-letter"),
    path("outbox/<int:pk>/resend/", message_views.outbox_resend, name="outbox-resend"),
    path("jobs/", message_views.JobList.as_view(), name="jobs"),
    path("jobs/<int:pk>/", message_views.job, name="job"),
    path("jobs/<int:pk>/file/", message_views.job_file, name="job-file"),
]
