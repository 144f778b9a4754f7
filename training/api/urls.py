"""The addresses of training's endpoints."""

from portal.api.routes import register
from training.api import courses, programme

SERIALS = r"credentials/(?P<serial>[A-Za-z]{3}-[A-Za-z0-9_-]{3,40})"

register("programmes", programme.ProgrammeViewSet)
register("generations", programme.GenerationViewSet)
register("host-places", programme.PlaceViewSet)
register("applications", programme.ApplicationViewSet)
register("placements", programme.PlacementViewSet)
register("courses", courses.CourseViewSet)
register("course-runs", courses.RunViewSet)
register("enrolments", courses.EnrolmentViewSet)
register(f"{SERIALS}/verify", courses.VerifyViewSet, "credential-verify")
register(rf"{SERIALS}/badge\.json", courses.BadgeViewSet, "credential-badge")
register("credentials", courses.CredentialViewSet)
