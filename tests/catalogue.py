"""Which rule carries which detection of the catalogue, and how much it weighs: by family, in the catalogue's order."""

# MFA and sign-in strength
MFA = {
    "account-without-mfa": ("MFA-01", "high"),
    "admin-without-strong-mfa": ("MFA-02", "critical"),
    "sign-in-with-one-step": ("MFA-03", "medium"),
    "only-weak-second-step": ("MFA-04", "low"),
    "weak-method-allowed": ("MFA-04", "low"),
    "second-step-changed": ("MFA-05", "medium"),
    "second-step-changed-after-strange-sign-in": ("MFA-05", "high"),
    "second-step-refused-often": ("MFA-06", "high"),
    "second-step-given-after-refusals": ("MFA-06", "critical"),
}

# accounts: joiners, movers, leavers
ACC = {
    "leaver-still-active": ("ACC-01", "high"),
    "leaver-signed-in": ("ACC-02", "critical"),
    "leaver-keeps-rights": ("ACC-03", "medium"),
    "stale-account": ("ACC-04", "medium"),
    "account-never-used": ("ACC-05", "low"),
    "former-pupil-still-enabled": ("ACC-06", "medium"),
    "account-without-person": ("ACC-07", "medium"),
    "shared-account-can-sign-in": ("ACC-08", "medium"),
    "generic-account-used": ("ACC-08", "medium"),
    "service-account-signs-in": ("ACC-09", "high"),
    "account-made-and-deleted": ("ACC-10", "high"),
    "mover-keeps-rights": ("ACC-11", "medium"),
}

# pupils outside their zone
PUP = {
    "pupil-reaches-staff-area": ("PUP-01", "high"),
    "pupil-at-other-school": ("PUP-02", "high"),
    "pupil-assigned-staff-app": ("PUP-03", "high"),
    "pupil-used-staff-app": ("PUP-03", "high"),
    "pupil-tries-staff-app": ("PUP-03", "low"),
    "pupils-may-share-outside": ("PUP-04", "medium"),
    "pupil-shared-outside": ("PUP-04", "high"),
    "pupils-may-invite-guests": ("PUP-04", "medium"),
    "pupil-invited-guest": ("PUP-04", "high"),
    "pupil-with-power": ("PUP-05", "high"),
    "pupils-may-make-groups-or-apps": ("PUP-05", "high"),
    "pupils-may-make-teams": ("PUP-05", "high"),
    "account-not-placed": ("PUP-06", "medium"),
    "account-of-staff-and-pupil": ("PUP-06", "medium"),
    "staff-place-open-to-everyone": ("PUP-07", "high"),
    "outsider-in-pupil-area": ("PUP-08", "high"),
    "pupil-signs-in-abroad": ("PUP-09", "low"),
    "pupil-on-staff-device": ("PUP-09", "low"),
}

# sign-in attacks
SGN = {
    "many-failed-sign-ins": ("SGN-01", "medium"),
    "many-failed-sign-ins-at-school": ("SGN-01", "low"),
    "password-spray": ("SGN-02", "high"),
    "password-spray-from-network": ("SGN-02", "high"),
    "password-spray-at-school": ("SGN-02", "high"),
    "success-after-failures": ("SGN-03", "high"),
    "attempts-on-blocked-account": ("SGN-04", "low"),
    "impossible-travel": ("SGN-05", "medium"),
    "old-way-of-signing-in": ("SGN-06", "high"),
    "old-ways-not-blocked": ("SGN-06", "high"),
    "device-code-sign-in": ("SGN-08", "high"),
    "failure-peak": ("SGN-09", "medium"),
    "account-at-risk": ("SGN-10", "low"),
    "sign-in-from-another-country": ("SGN-07", "medium"),
}

# administrators and tenant settings
ADM = {
    "global-admins-count": ("ADM-01", "medium"),
    "permanent-privileged-role": ("ADM-02", "medium"),
    "role-changed": ("ADM-03", "medium"),
    "daily-account-is-admin": ("ADM-04", "medium"),
    "unused-admin-account": ("ADM-05", "medium"),
    "role-never-activated": ("ADM-05", "medium"),
    "break-glass-used": ("ADM-06", "critical"),
    "break-glass-changed": ("ADM-06", "critical"),
    "break-glass-would-fail": ("ADM-07", "high"),
    "too-few-break-glass-accounts": ("ADM-07", "high"),
    "access-policy-changed": ("ADM-08", "high"),
    "access-exclusion-to-nothing": ("ADM-09", "medium"),
    "access-exclusion-grew": ("ADM-09", "medium"),
    "access-exclusion-without-fallback": ("ADM-09", "medium"),
    "tenant-setting-too-loose": ("ADM-10", "medium"),
    "default-right-too-wide": ("ADM-10", "medium"),
    "domain-changed": ("ADM-11", "critical"),
    "role-given-to-oneself": ("ADM-12", "medium"),
    "reviewed-own-rights": ("ADM-12", "medium"),
}

# applications and consent
APP = {
    "consent-given": ("APP-01", "medium"),
    "app-credential-added": ("APP-02", "high"),
    "app-key-expires": ("APP-03", "low"),
    "app-owner-added": ("APP-04", "medium"),
    "privileged-app-has-owner": ("APP-04", "medium"),
    "app-owner-without-mfa": ("APP-04", "medium"),
    "app-without-owner": ("APP-04", "medium"),
    "app-unused": ("APP-05", "low"),
    "app-given-role": ("APP-06", "high"),
}

# sharing, sites and groups
SHR = {
    "anonymous-link": ("SHR-01", "medium"),
    "unplaced-site-open-to-everyone": ("SHR-02", "medium"),
    "guest-of-blocked-domain": ("SHR-03", "high"),
    "group-with-many-owners": ("SHR-04", "medium"),
    "site-with-many-admins": ("SHR-04", "medium"),
    "group-without-owner": ("SHR-05", "medium"),
    "group-with-one-owner": ("SHR-05", "informational"),
    "rights-given-to-persons": ("SHR-06", "low"),
    "more-rights-than-matrix": ("SHR-07", "medium"),
    "wider-than-matrix": ("SHR-07", "medium"),
    "removed-right-is-back": ("SHR-07", "high"),
    "fewer-rights-than-matrix": ("SHR-07", "informational"),
    "public-group": ("SHR-10", "medium"),
    "group-unclassified": ("SHR-11", "low"),
    "site-unclassified": ("SHR-11", "low"),
}

# guests
GST = {
    "stale-guest": ("GST-01", "medium"),
    "guest-invitation-open": ("GST-02", "low"),
    "guest-in-sensitive-place": ("GST-03", "high"),
    "guest-given-power": ("GST-04", "high"),
    "guest-invited-against-rules": ("GST-05", "medium"),
    "guest-without-sponsor": ("GST-06", "low"),
}

# devices
DEV = {
    "stale-device": ("DEV-01", "medium"),
    "device-not-compliant": ("DEV-02", "high"),
    "device-not-encrypted": ("DEV-03", "medium"),
    "device-without-user": ("DEV-04", "low"),
    "leaver-still-has-device": ("DEV-05", "high"),
    "unmanaged-device-to-sensitive-app": ("DEV-06", "medium"),
    "system-out-of-support": ("DEV-07", "medium"),
    "blocked-device-still-syncs": ("DEV-08", "critical"),
    "device-out-of-use-still-syncs": ("DEV-08", "critical"),
    "blocked-device-signs-in": ("DEV-08", "critical"),
    "device-out-of-use-signs-in": ("DEV-08", "critical"),
    "device-not-on-list": ("DEV-09", "low"),
    "listed-device-not-managed": ("DEV-09", "low"),
    "device-at-other-school": ("DEV-09", "low"),
    "device-list-does-not-fit": ("DEV-09", "medium"),
    "personal-or-broken-device": ("DEV-10", "medium"),
    "device-registered-without-mfa": ("DEV-10", "medium"),
    "many-devices-registered": ("DEV-10", "medium"),
    "recovery-key-read": ("DEV-11", "medium"),
}

# the monitor itself
MON = {
    "source-silent": ("MON-01", "high"),
    "source-refused": ("MON-02", "critical"),
    "source-keeps-failing": ("MON-02", "critical"),
    "own-certificate-ends": ("MON-02", "medium"),
    "source-nearly-lost": ("MON-03", "critical"),
    "source-lost-events": ("MON-03", "critical"),
    "audit-log-turned-off": ("MON-04", "critical"),
    "log-right-taken-away": ("MON-04", "critical"),
    "clock-wrong": ("MON-06", "medium"),
    "review-late": ("MON-07", "medium"),
    "data-breach-clock-runs": ("MON-08", "critical"),
    "rule-without-data": ("MON-09", "medium"),
    "canary-failed": ("MON-09", "medium"),
    "alerts-past-their-term": ("MON-10", "medium"),
    "log-not-reviewed": ("MON-10", "medium"),
    "many-names-revealed": ("MON-11", "high"),
    "one-person-looked-up-often": ("MON-11", "high"),
    "source-partly-read": ("MON-12", "medium"),
    "school-year-unknown": ("MON-12", "low"),
    "mail-stuck": ("MON-13", "critical"),
}

# what a board must be able to answer for, though the catalogue does not have it
BESIDE = {
    "remote-session-without-consent": ("", "medium"),
    "privacy-request-nearly-due": ("", "high"),
    "backup-failed": ("", "high"),
}

CATALOGUE = BESIDE | MFA | ACC | PUP | SGN | ADM | APP | SHR | GST | DEV | MON
