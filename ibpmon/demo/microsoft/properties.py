"""The properties that Graph v1.0 knows of each kind of object: asking for another one is refused."""

TEXT = {
    "user": """
        aboutMe accountEnabled ageGroup assignedLicenses assignedPlans authorizationInfo birthday businessPhones
        city companyName consentProvidedForMinor country createdDateTime creationType customSecurityAttributes
        deletedDateTime department deviceEnrollmentLimit displayName employeeHireDate employeeId
        employeeLeaveDateTime employeeOrgData employeeType externalUserState externalUserStateChangeDateTime
        faxNumber givenName hireDate id identities identityParentId imAddresses interests isManagementRestricted
        isResourceAccount jobTitle lastPasswordChangeDateTime legalAgeGroupClassification
        licenseAssignmentStates mail mailNickname mailboxSettings mobilePhone mySite officeLocation
        onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId
        onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSamAccountName
        onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName otherMails
        passwordPolicies passwordProfile pastProjects postalCode preferredDataLocation preferredLanguage
        preferredName print provisionedPlans proxyAddresses responsibilities schools securityIdentifier
        serviceProvisioningErrors showInAddressList signInActivity signInSessionsValidFromDateTime skills state
        streetAddress surname usageLocation userPrincipalName userType
    """,
    "group": """
        accessType allowExternalSenders assignedLabels assignedLicenses autoSubscribeNewMembers classification
        createdDateTime deletedDateTime description displayName expirationDateTime groupTypes
        hasMembersWithLicenseErrors hideFromAddressLists hideFromOutlookClients id infoCatalogs isArchived
        isAssignableToRole isFavorite isManagementRestricted isSubscribedByMail licenseProcessingState mail
        mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName
        onPremisesExtensionAttributes onPremisesLastSyncDateTime onPremisesNetBiosName
        onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled
        organizationId preferredDataLocation preferredLanguage proxyAddresses renewedDateTime
        resourceBehaviorOptions resourceProvisioningOptions securityEnabled securityIdentifier
        serviceProvisioningErrors theme uniqueName unseenConversationsCount unseenCount unseenMessagesCount
        visibility welcomeMessageEnabled
    """,
    "device": """
        accountEnabled alternativeSecurityIds approximateLastSignInDateTime complianceExpirationDateTime
        deletedDateTime deviceCategory deviceId deviceMetadata deviceOwnership deviceVersion displayName
        enrollmentProfileName enrollmentType id isCompliant isManaged isManagementRestricted isRooted
        managementType manufacturer mdmAppId model onPremisesLastSyncDateTime onPremisesSecurityIdentifier
        onPremisesSyncEnabled operatingSystem operatingSystemVersion physicalIds profileType
        registrationDateTime systemLabels trustType
    """,
    "application": """
        addIns api appId appRoles applicationTemplateId authenticationBehaviors certification createdByAppId
        createdDateTime defaultRedirectUri deletedDateTime description disabledByMicrosoftStatus displayName
        groupMembershipClaims id identifierUris info isDeviceOnlyAuthSupported isDisabled isFallbackPublicClient
        keyCredentials logo managerApplications nativeAuthenticationApisEnabled notes oauth2RequirePostResponse
        optionalClaims parentalControlSettings passwordCredentials publicClient publisherDomain
        requestSignatureVerification requiredResourceAccess samlMetadataUrl serviceManagementReference
        servicePrincipalLockConfiguration signInAudience spa tags tokenEncryptionKeyId uniqueName
        verifiedPublisher web
    """,
    "servicePrincipal": """
        accountEnabled addIns alternativeNames appDescription appDisplayName appId appOwnerOrganizationId
        appRoleAssignmentRequired appRoles applicationTemplateId createdByAppId customSecurityAttributes
        deletedDateTime description disabledByMicrosoftStatus displayName homepage id info isDisabled
        keyCredentials loginUrl logoutUrl notes notificationEmailAddresses oauth2PermissionScopes
        passwordCredentials preferredSingleSignOnMode preferredTokenSigningKeyThumbprint replyUrls
        resourceSpecificApplicationPermissions samlSingleSignOnSettings servicePrincipalNames
        servicePrincipalType signInAudience tags tokenEncryptionKeyId verifiedPublisher
    """,
    "administrativeUnit": """
        deletedDateTime description displayName id isMemberManagementRestricted membershipRule
        membershipRuleProcessingState membershipType visibility
    """,
    "educationSchool": """
        address createdBy description displayName externalId externalPrincipalId externalSource
        externalSourceDetail fax highestGrade id lowestGrade phone principalEmail principalName schoolNumber
    """,
    "educationUser": """
        accountEnabled assignedLicenses assignedPlans businessPhones createdBy department displayName
        externalSource externalSourceDetail givenName id mail mailNickname mailingAddress middleName mobilePhone
        officeLocation onPremisesInfo passwordPolicies passwordProfile preferredLanguage primaryRole
        provisionedPlans refreshTokensValidFromDateTime relatedContacts residenceAddress showInAddressList
        student surname teacher usageLocation userPrincipalName userType
    """,
    "unifiedRoleDefinition": """
        description displayName id isBuiltIn isEnabled resourceScopes rolePermissions templateId version
    """,
    "unifiedRoleAssignment": """
        appScopeId condition directoryScopeId id principalId principalOrganizationId roleDefinitionId
    """,
    "unifiedRoleEligibilityScheduleInstance": """
        appScopeId directoryScopeId endDateTime id memberType principalId roleDefinitionId
        roleEligibilityScheduleId startDateTime
    """,
    "unifiedRoleAssignmentScheduleInstance": """
        appScopeId assignmentType directoryScopeId endDateTime id memberType principalId roleAssignmentOriginId
        roleAssignmentScheduleId roleDefinitionId startDateTime
    """,
    "conditionalAccessPolicy": """
        conditions createdDateTime deletedDateTime description displayName grantControls id modifiedDateTime
        sessionControls state templateId
    """,
    "riskDetection": """
        activity activityDateTime additionalInfo correlationId detectedDateTime detectionTimingType id ipAddress
        lastUpdatedDateTime location requestId riskDetail riskEventType riskLevel riskState source
        tokenIssuerType userDisplayName userId userPrincipalName
    """,
    "riskyUser": """
        id isDeleted isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState userDisplayName
        userPrincipalName
    """,
    "groupSetting": "displayName id templateId values",
    "oAuth2PermissionGrant": "clientId consentType id principalId resourceId scope",
    "appRoleAssignment": """
        appRoleId createdDateTime deletedDateTime id principalDisplayName principalId principalType
        resourceDisplayName resourceId
    """,
    "organization": """
        assignedPlans businessPhones city country countryLetterCode createdDateTime defaultUsageLocation
        deletedDateTime displayName id marketingNotificationEmails mobileDeviceManagementAuthority
        onPremisesLastSyncDateTime onPremisesSyncEnabled partnerTenantType postalCode preferredLanguage
        privacyProfile provisionedPlans securityComplianceNotificationMails securityComplianceNotificationPhones
        state street technicalNotificationMails tenantType verifiedDomains
    """,
    "subscribedSku": """
        accountId accountName appliesTo capabilityStatus consumedUnits id prepaidUnits servicePlans skuId
        skuPartNumber subscriptionIds
    """,
    "managedDevice": """
        activationLockBypassCode androidSecurityPatchLevel azureADDeviceId azureADRegistered
        complianceGracePeriodExpirationDateTime complianceState configurationManagerClientEnabledFeatures
        deviceActionResults deviceCategoryDisplayName deviceEnrollmentType deviceHealthAttestationState
        deviceName deviceRegistrationState easActivated easActivationDateTime easDeviceId emailAddress
        enrolledDateTime enrollmentProfileName ethernetMacAddress exchangeAccessState exchangeAccessStateReason
        exchangeLastSuccessfulSyncDateTime freeStorageSpaceInBytes iccid id imei isEncrypted isSupervised
        jailBroken lastSyncDateTime managedDeviceName managedDeviceOwnerType managementAgent
        managementCertificateExpirationDate managementState manufacturer meid model notes operatingSystem
        osVersion partnerReportedThreatState phoneNumber physicalMemoryInBytes
        remoteAssistanceSessionErrorDetails remoteAssistanceSessionUrl requireUserEnrollmentApproval
        serialNumber subscriberCarrier totalStorageSpaceInBytes udid userDisplayName userId userPrincipalName
        wiFiMacAddress
    """,
    "site": """
        createdBy createdDateTime description displayName eTag error id isPersonalSite lastModifiedBy
        lastModifiedDateTime name parentReference root sharepointIds siteCollection webUrl
    """,
    "userRegistrationDetails": """
        id isAdmin isMfaCapable isMfaRegistered isPasswordlessCapable isSsprCapable isSsprEnabled
        isSsprRegistered isSystemPreferredAuthenticationMethodEnabled lastUpdatedDateTime methodsRegistered
        systemPreferredAuthenticationMethods userDisplayName userPreferredMethodForSecondaryAuthentication
        userPrincipalName userType
    """,
    "drive": """
        createdBy createdDateTime description driveType eTag id lastModifiedBy lastModifiedDateTime name owner
        parentReference quota sharePointIds system webUrl
    """,
    "permission": """
        expirationDateTime grantedTo grantedToIdentities grantedToIdentitiesV2 grantedToV2 hasPassword id
        inheritedFrom invitation link roles shareId
    """,
    "namedLocation": """
        countriesAndRegions countryLookupMethod createdDateTime deletedDateTime displayName id
        includeUnknownCountriesAndRegions ipRanges isTrusted modifiedDateTime
    """,
}
PROPERTIES = {kind: frozenset(text.split()) for kind, text in TEXT.items()}
