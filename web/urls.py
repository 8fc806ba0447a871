"""Addresses of the frame and of the pages that mix domains."""

from django.urls import path

from web.views import home, mails, notices, practitioners, preferences

urlpatterns = [
    path("", home.home, name="home"),
    path("practitioners/", practitioners.practitioner_list, name="practitioner_list"),
    path("practitioners/export.csv", practitioners.practitioner_export, {"kind": "csv"}, name="practitioner_csv"),
    path("practitioners/export.xlsx", practitioners.practitioner_export, {"kind": "xlsx"}, name="practitioner_xlsx"),
    path("practitioners/<uuid:ref>/", practitioners.practitioner_card, name="practitioner_card"),
    path("mails/", mails.mail_list, name="mails"),
    path("mails/resend/", mails.mail_resend, name="mail_resend"),
    path("mails/<uuid:ref>/", mails.mail_page, name="mail"),
    path("mails/<uuid:ref>/body/", mails.mail_body, name="mail_body"),
    path("mails/<uuid:ref>/files/<int:place>/", mails.mail_file, name="mail_file"),
    path("preferences/notices/", notices.notice_choices, name="notice_choices"),
    path("preferences/language/", preferences.choose_language, name="choose_language"),
    path("preferences/colours/", preferences.choose_theme, name="choose_theme"),
]
