"""`tasks/`: what waits for me, across the apps, computed from states and roles."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from portal import registry
from portal.api.pagination import flag_in, limit_in
from portal.api.routes import register
from portal.api.views import Door


class TaskSerializer(serializers.Serializer):
    """Something that waits for one person."""

    area = serializers.CharField()
    verb = serializers.CharField(help_text="What to do, in words.")
    title = serializers.CharField()
    case_number = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="From this moment on it is late.")
    whose_turn = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, task) -> str:
        return self.context["request"].build_absolute_uri(task.url)


class TaskListSerializer(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = serializers.IntegerField(required=False)
    results = TaskSerializer(many=True)


class TaskViewSet(ViewSetMixin, Door, APIView):
    """Soonest due first, then what has waited longest. The list is one page: it shortens by being worked on."""

    @extend_schema(responses=TaskListSerializer, filters=False)
    def list(self, request):
        """What waits for me."""
        limit, parameters = limit_in(request.query_params), request.query_params
        tasks = registry.inbox(request.user)
        counted = {"count": len(tasks)} if flag_in(parameters, "count") else {}
        found = TaskSerializer(tasks[:limit], many=True, context={"request": request}).data
        return Response({"next": None, "previous": None, **counted, "results": found})

    def known_parameters(self):
        return {"limit", "count"}


def add_routes():
    """Called once, by `portal.api.urls`."""
    register("tasks", TaskViewSet, "tasks")
