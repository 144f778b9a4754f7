"""The addresses of training's endpoints."""

from portal.api.routes import register
from training.api import applications, courses, credentials, people, placements, programme

GENERATION, RUN, PLACEMENT = programme.GENERATIONS, courses.RUNS, placements.PLACEMENTS

register("programmes", programme.ProgrammeViewSet)
register(f"{programme.PROGRAMMES}/notices", programme.NoticeViewSet, "programme-notices")
register("generations", programme.GenerationViewSet)
register(f"{GENERATION}/board", programme.BoardViewSet, "generation-board")
register(f"{GENERATION}/results", programme.ResultViewSet, "generation-results")
register(f"{GENERATION}/slots", programme.SlotViewSet, "interview-slots")
register(f"{GENERATION}/stipends", programme.StipendViewSet, "stipends")
register("host-places", programme.PlaceViewSet)
register("applications", applications.ApplicationViewSet)
register(f"{applications.APPLICATIONS}/documents", applications.ApplicationDocumentViewSet, "application-documents")
register("placements", placements.PlacementViewSet)
register(f"{PLACEMENT}/reports", placements.MonthlyReportViewSet, "monthly-reports")
register(f"{PLACEMENT}/projects", placements.CityProjectViewSet, "city-projects")
register(f"{PLACEMENT}/leaves", placements.LeaveViewSet, "leaves")
register(f"{PLACEMENT}/handover", placements.HandoverViewSet, "handover")
register("courses", courses.CourseViewSet)
register("course-runs", courses.RunViewSet)
register(f"{RUN}/sessions", courses.SessionViewSet, "run-sessions")
register(f"{RUN}/attendance", courses.AttendanceViewSet, "run-attendance")
register(f"{RUN}/marks", courses.MarkViewSet, "run-marks")
register(f"{RUN}/results", courses.ResultsViewSet, "run-results")
register(f"{RUN}/enrolments", courses.RunEnrolmentViewSet, "run-enrolments")
register("enrolments", courses.EnrolmentViewSet)
register(f"{credentials.SERIALS}/verify", credentials.VerifyViewSet, "credential-verify")
register(rf"{credentials.SERIALS}/badge\.json", credentials.BadgeViewSet, "credential-badge")
register("credentials", credentials.CredentialViewSet)
register("training-coverage", people.CoverageViewSet)
register("me/training", people.OwnDataViewSet, "own-training")
