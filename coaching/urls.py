"""Addresses of the pages on the work: follow-ups and visits."""

from django.urls import path

from coaching.views import follow_ups, visits

app_name = "coaching"

urlpatterns = [
    path("follow-ups/", follow_ups.everyone, name="follow_ups"),
    path("follow-ups/mine/", follow_ups.mine, name="my_follow_ups"),
    path("visits/new/", visits.choose_practitioner, name="choose_practitioner"),
]
