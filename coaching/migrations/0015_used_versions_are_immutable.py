"""A playbook's version that is no draft any more, or that somebody was enrolled in, can't be changed or lost.

Its steps can be neither added to, changed nor taken away; of the version itself only its life goes on, from draft to
active to withdrawn and never back. The services ask first; this holds for whatever else writes to the database.
"""

from django.db import migrations

STEPS = """
CREATE FUNCTION coaching_steps_of_drafts_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint;
BEGIN
    FOREACH version IN ARRAY ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END]
    LOOP
        IF EXISTS (SELECT 1 FROM coaching_playbookversion v WHERE v.id = version AND v.state <> 'draft')
           OR EXISTS (SELECT 1 FROM coaching_enrolment e WHERE e.version_id = version) THEN
            RAISE EXCEPTION 'The steps of a version that was put to use are fixed; make a new version.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'playbook_steps_of_drafts_only';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER playbook_steps_of_drafts_only BEFORE INSERT OR UPDATE OR DELETE ON coaching_playbookstep
    FOR EACH ROW EXECUTE FUNCTION coaching_steps_of_drafts_only();
"""

VERSIONS = """
CREATE FUNCTION coaching_used_versions_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND NOT EXISTS (SELECT 1 FROM coaching_enrolment e WHERE e.version_id = OLD.id) THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR (NEW.playbook_id, NEW.number, NEW.goal_indicator_id, NEW.goal_value, NEW.goal_months, NEW.note,
           NEW.created_by_id, NEW.created_at)
          IS DISTINCT FROM
          (OLD.playbook_id, OLD.number, OLD.goal_indicator_id, OLD.goal_value, OLD.goal_months, OLD.note,
           OLD.created_by_id, OLD.created_at)
       OR (NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('active', 'retired'), ('draft', 'active'))) THEN
        RAISE EXCEPTION 'A version that was put to use is fixed; make a new version.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'playbook_used_versions_are_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER playbook_used_versions_are_fixed BEFORE UPDATE OR DELETE ON coaching_playbookversion
    FOR EACH ROW EXECUTE FUNCTION coaching_used_versions_are_fixed();
"""

UNDO_STEPS = """
DROP TRIGGER playbook_steps_of_drafts_only ON coaching_playbookstep;
DROP FUNCTION coaching_steps_of_drafts_only();
"""
UNDO_VERSIONS = """
DROP TRIGGER playbook_used_versions_are_fixed ON coaching_playbookversion;
DROP FUNCTION coaching_used_versions_are_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("coaching", "0014_planner_run_counts")]

    operations = [migrations.RunSQL(STEPS, UNDO_STEPS), migrations.RunSQL(VERSIONS, UNDO_VERSIONS)]
