BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alert (
	tenant_id BIGINT NOT NULL, 
	alert_id BIGINT NOT NULL, 
	rule VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	occurrences INTEGER NOT NULL, 
	opened_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT pk_alert PRIMARY KEY (tenant_id, alert_id)
);
INSERT INTO "alert" VALUES(1,1,'leaver-signed-in','4fffed8e-70dd-e8ef-3e85-aae583c76f00','new','critical',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,2,'leaver-signed-in','88f73a80-3bb1-a72e-2c05-29cb32e332d3','new','critical',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,3,'leaver-signed-in','98f65e28-cc94-002a-d1d4-070ce45839ae','new','critical',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,4,'leaver-signed-in','ddbb27a7-bc52-e5a1-e61a-192a50350c3f','new','critical',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,5,'account-without-mfa','11b3b6f6-1c4f-be96-0806-0be3efef8ed8','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,6,'account-without-mfa','76d91a4c-4959-8554-b229-478b7ad42290','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,7,'account-without-mfa','941ef19f-cf50-ae29-dba8-7f08194d54b0','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,8,'account-without-mfa','97ee449b-1391-7200-b670-2c54f93cbdd2','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,9,'account-without-mfa','bfd82597-cc5a-f5f5-d34a-003057d2e3a8','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,10,'account-without-mfa','c9d68549-0065-e7fa-6ffb-deb4047d0356','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,11,'leaver-still-active','28eba843-047c-5207-e97c-5e556e14cbfa','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,12,'leaver-still-active','4fffed8e-70dd-e8ef-3e85-aae583c76f00','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,13,'leaver-still-active','796fad05-64ce-d1f2-d6d6-05566e716d8f','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,14,'leaver-still-active','941ef19f-cf50-ae29-dba8-7f08194d54b0','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,15,'leaver-still-active','e4323a77-fcd1-fb88-b2a9-0a6735646e49','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,16,'password-spray','198.18.23.30','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,17,'password-spray','198.18.24.31','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,18,'password-spray','198.18.25.32','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,19,'password-spray','2001:db8:bad::1a','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,20,'pupil-reaches-staff-area','19e6eada-58d2-4a76-9141-156f3fe33934','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,21,'pupil-reaches-staff-area','1bc7adb9-cb72-9d4e-ff66-66eb1ecf7f96','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,22,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','new','high',5,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,23,'pupil-reaches-staff-area','3bdf6b5f-b56a-019c-65a9-09e2bb1b0257','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,24,'pupil-reaches-staff-area','4c9f1c39-b999-72f9-b099-cdf763dbf6d7','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,25,'pupil-reaches-staff-area','50a06e6b-c697-2b20-f570-5b942592211d','new','high',2,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,26,'pupil-reaches-staff-area','5c2ef3de-2648-3f94-c2a1-4b4f7b0a65f0','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,27,'pupil-reaches-staff-area','5ed0279c-be0d-1e9d-c1dd-0306b9c274a6','new','high',4,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,28,'pupil-reaches-staff-area','71bfcb2d-81f5-1bbc-8917-40e3845c37ea','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,29,'pupil-reaches-staff-area','96c8a4a0-9eff-241d-5c11-ae2a2f50633b','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,30,'pupil-reaches-staff-area','9c5124ac-651a-1997-6b77-a73d0729ae7c','new','high',2,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,31,'pupil-reaches-staff-area','bef79002-c7b2-af22-3a5c-3674b8f98a9f','new','high',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,32,'many-failed-sign-ins','2ec21d17-b980-cc6d-7515-3b1e1ea1f3da','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,33,'many-failed-sign-ins','831d582c-ffd4-c96a-2b82-a017e87d2e83','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,34,'many-failed-sign-ins','b64ce96a-0ca6-cc4a-64d6-1b9e82b28433','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,35,'many-failed-sign-ins','bead9319-062f-ae8a-d775-331bcd66fe31','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,36,'many-failed-sign-ins','c379ad60-8f4f-6e25-a3a8-94a677104474','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,37,'many-failed-sign-ins','cd780334-cc04-6f01-cb83-249382230a64','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,38,'many-failed-sign-ins','e12aff8d-cf9b-4ec3-7a51-64b11f87f028','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,39,'many-failed-sign-ins','fa9290ad-861d-e94f-5e37-58c9c6bb3071','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,40,'stale-device','4626f8aa-2869-3b03-5a0b-2c494da6d33c','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,41,'stale-device','612bd2aa-c023-fd24-a524-f1b7772e5885','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,42,'stale-device','6fafe9fc-277f-e3be-a18d-85e86b1bad91','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,43,'stale-device','7727e1e8-2860-2947-0196-5646d3465a29','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,44,'stale-device','afef4920-3cf0-1aac-6010-e17ee989f945','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,45,'stale-device','efc229fb-bcac-efc5-73dd-f8092eab6c68','new','medium',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,46,'many-failed-sign-ins-at-school','0a258687-6026-dbb7-8d1a-d519a12833d7','new','low',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,47,'many-failed-sign-ins-at-school','1b63b929-c6b3-a4e3-4b0f-a3b4a4365b8b','new','low',1,1795428000000000,1795428000000000);
INSERT INTO "alert" VALUES(1,48,'many-failed-sign-ins-at-school','5f642985-2083-76ad-c4c3-6d640dcb34e6','new','low',1,1795428000000000,1795428000000000);
CREATE TABLE collected_accounts (
	tenant_id BIGINT NOT NULL, 
	account_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	upn TEXT, 
	name TEXT, 
	enabled BOOLEAN, 
	user_type TEXT, 
	employee_id TEXT, 
	job_title TEXT, 
	office TEXT, 
	created BIGINT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_accounts PRIMARY KEY (tenant_id, account_id, first_seen)
);
INSERT INTO "collected_accounts" VALUES(1,'00bb5523-647c-97eb-8916-c65e0ef7869d',1795428000000000,'400043@leerling.verzonnenwaaier.example','Anna Wolkenridder',1,'Member','400043',NULL,'Basisschool De Papieren Boot',1696505400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0117d691-a9d7-6a94-6bb9-55e5538f780b',1795428000000000,'400104@leerling.verzonnenwaaier.example','Omar Droomwever',1,'Member','400104',NULL,'Basisschool De Verzonnen Vlieger',1743247800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'02108a89-ba40-7c6b-0cb0-c1573a1006db',1795428000000000,'hidde.vandoenalsof@verzonnenwaaier.example','Hidde van Doenalsof',1,'Member','100003','ICT-beheerder','Bestuursbureau',1645702200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'02ee3951-115a-26c9-52fe-1c10ac5cc1ea',1795428000000000,'400379@leerling.verzonnenwaaier.example','Wies Potloodman',1,'Member','400379',NULL,'Basisschool De Papieren Boot',1745407800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0486bdcb-e8be-a353-17c0-c95273f3592a',1795428000000000,'400191@leerling.verzonnenwaaier.example','Roos Hersenspinsel',1,'Member','400191',NULL,'Basisschool De Verzonnen Vlieger',1778844600000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'048d8534-c452-7613-a45d-ff2e188a5adc',1795428000000000,'400213@leerling.verzonnenwaaier.example','Joël van Inktvlek',1,'Member','400213',NULL,'Basisschool De Glazen Kikker',1683286200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0491f98b-d0bc-13de-4e57-1d33af3efa07',1795428000000000,'400444@leerling.verzonnenwaaier.example','Aylin Plakbandstra',1,'Member','400444',NULL,'Basisschool De Glazen Kikker',1700739000000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'04cbf779-c803-b6a0-be9b-15b8cd9f3472',1795428000000000,'400462@leerling.verzonnenwaaier.example','Fenna Duimzuiger',1,'Member','400462',NULL,'Basisschool De Glazen Kikker',1690543800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'05ab7da5-8802-765a-26cc-cb338defb94d',1795428000000000,'400421@leerling.verzonnenwaaier.example','Saar Kartonsma',1,'Member','400421',NULL,'Basisschool De Papieren Boot',1673609400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'06c64143-6c51-f949-7ca3-ac03eb78fe85',1795428000000000,'400278@leerling.verzonnenwaaier.example','Quirijn Kartonsma',1,'Member','400278',NULL,'Basisschool De Verzonnen Vlieger',1691494200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'06cd7cc2-6c0c-c13c-d92a-9bc193e83ed4',1795428000000000,'400067@leerling.verzonnenwaaier.example','Farid van Verzinsel',1,'Member','400067',NULL,'Basisschool De Papieren Boot',1690284600000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'06d75630-8f8f-8081-725e-d78f6727f517',1795428000000000,'400170@leerling.verzonnenwaaier.example','Joël Wolkenridder',1,'Member','400170',NULL,'Basisschool De Verzonnen Vlieger',1763638200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'071c2942-393b-8bac-1bfc-1bbad7ecf3cd',1795428000000000,'400500@leerling.verzonnenwaaier.example','Pien Duimzuiger',1,'Member','400500',NULL,'Basisschool De Verzonnen Vlieger',1731151800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0722f3ba-0019-8992-0ef6-935fa1c58232',1795428000000000,'svc-reservekopie@verzonnenwaaier.example','Dienst reservekopie',1,'Member',NULL,NULL,NULL,1717673400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0730f32f-8356-66f2-5bca-f8b7b357a498',1795428000000000,'400392@leerling.verzonnenwaaier.example','Yusuf Confettistra',1,'Member','400392',NULL,'Basisschool De Verzonnen Vlieger',1735817400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'07591d13-572d-ff8d-e62b-01c721c8febb',1795428000000000,'400246@leerling.verzonnenwaaier.example','Anna Wolkenridder',1,'Member','400246',NULL,'Basisschool De Glazen Kikker',1689334200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0861f942-4350-fe8e-374c-a9035d4c811c',1795428000000000,'400493@leerling.verzonnenwaaier.example','Noor van Verzinsel',1,'Member','400493',NULL,'Basisschool De Papieren Boot',1705577400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0933ce3f-8150-4d57-cd09-b3f4e27cf6ab',1795428000000000,'daan.papierwolk@verzonnenwaaier.example','Daan Papierwolk',1,'Member','100027','Leerkracht groep 7','Basisschool De Verzonnen Vlieger',1759750200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'09ad0644-e975-fd0b-98ca-2ffa7ee85573',1795428000000000,'400289@leerling.verzonnenwaaier.example','Noor van Stoepkrijt',1,'Member','400289',NULL,'Basisschool De Papieren Boot',1699529400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'09ad95df-fbce-ac33-dada-a6d26eaf3a21',1795428000000000,'400282@leerling.verzonnenwaaier.example','Joël van Inktvlek',1,'Member','400282',NULL,'Basisschool De Glazen Kikker',1762774200000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0a258687-6026-dbb7-8d1a-d519a12833d7',1795428000000000,'400251@leerling.verzonnenwaaier.example','Chaima van Stoepkrijt',1,'Member','400251',NULL,'Basisschool De Verzonnen Vlieger',1723721400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0aeefa58-b7ec-8507-242d-95d805fde011',1795428000000000,'400498@leerling.verzonnenwaaier.example','Mila Kwinkslag',1,'Member','400498',NULL,'Basisschool De Glazen Kikker',1691321400000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0b17a306-8adc-dd62-f8ff-48f8608ef61a',1795428000000000,'gol.fopspeen@verzonnenwaaier.example','Gül Fopspeen',1,'Member','100565','Leerkracht groep 4','Basisschool De Glazen Kikker',1724239800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0c246234-2d7a-e752-405c-4a017a7e587b',1795428000000000,'400099@leerling.verzonnenwaaier.example','Loïs Wolkenridder',1,'Member','400099',NULL,'Basisschool De Glazen Kikker',1753183800000000,1795428000000000,NULL,3);
INSERT INTO "collected_accounts" VALUES(1,'0c61a478-f527-66ca-8976-79855a6c9d2b',1795428000000000,'400065@leerling.verzonnenwaaier.example','Xandra Bedenksel',1,'Member','400065',NULL,'Basisschool De Verzonnen Vlieger',1730719800000000,1795428000000000,NULL,3);
CREATE TABLE collected_drive_permissions (
	tenant_id BIGINT NOT NULL, 
	drive_id TEXT NOT NULL, 
	permission_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	roles JSON, 
	user_id TEXT, 
	group_id TEXT, 
	site_group TEXT, 
	login_name TEXT, 
	link_scope TEXT, 
	link_type TEXT, 
	expires BIGINT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_drive_permissions PRIMARY KEY (tenant_id, drive_id, permission_id, first_seen)
);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!12fd2795d5818a015691df40990c9340c86fa51f72aa784bf2d1959a554b8a73','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'‮gnirpsnaV ‬van Verzinsel - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!12fd2795d5818a015691df40990c9340c86fa51f72aa784bf2d1959a554b8a73','gc5853ea8-4700-b4d8-7f17-1060b1aea338',1795428000000000,'["read"]',NULL,'c5853ea8-4700-b4d8-7f17-1060b1aea338',NULL,'c:0t.c|tenant|c5853ea8-4700-b4d8-7f17-1060b1aea338',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!16b81495f756efdef8da454033eb9345c38bae5c8a5645e7d54efd4d5ca64b14','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'KIK Administratie - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!16b81495f756efdef8da454033eb9345c38bae5c8a5645e7d54efd4d5ca64b14','g5db91977-0377-68e9-af8a-feb6b8ea5e24',1795428000000000,'["write"]',NULL,'5db91977-0377-68e9-af8a-feb6b8ea5e24',NULL,'c:0t.c|tenant|5db91977-0377-68e9-af8a-feb6b8ea5e24',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!16b81495f756efdef8da454033eb9345c38bae5c8a5645e7d54efd4d5ca64b14','ged80b177-1349-35e9-0e02-647c938b9186',1795428000000000,'["read"]',NULL,'ed80b177-1349-35e9-0e02-647c938b9186',NULL,'c:0t.c|tenant|ed80b177-1349-35e9-0e02-647c938b9186',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!16bf044d700a31bff821ffc54a366b848b738a6d8d586f22159a27894e12459c','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'@SUM(A1:A9) - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!16bf044d700a31bff821ffc54a366b848b738a6d8d586f22159a27894e12459c','ga8107053-94b5-e4b0-0df6-335c3b316a38',1795428000000000,'["read"]',NULL,'a8107053-94b5-e4b0-0df6-335c3b316a38',NULL,'c:0t.c|tenant|a8107053-94b5-e4b0-0df6-335c3b316a38',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!17959193ef0b94a9f094ee0b0e4cb73599bde2eee2d23d18f25c18653f6be9e8','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'KIK Leerkrachten - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!17959193ef0b94a9f094ee0b0e4cb73599bde2eee2d23d18f25c18653f6be9e8','ga052108a-290d-4169-2193-6ebc6ca71d91',1795428000000000,'["write"]',NULL,'a052108a-290d-4169-2193-6ebc6ca71d91',NULL,'c:0t.c|tenant|a052108a-290d-4169-2193-6ebc6ca71d91',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!17959193ef0b94a9f094ee0b0e4cb73599bde2eee2d23d18f25c18653f6be9e8','ubef79002-c7b2-af22-3a5c-3674b8f98a9f',1795428000000000,'["read"]','bef79002-c7b2-af22-3a5c-3674b8f98a9f',NULL,NULL,'i:0#.f|membership|400581@leerling.verzonnenwaaier.example',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!1e4db8dc5e308a342f1b7f8346a20f4607f5a84048933f6ac180eb42b07a2830','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'"><img src=x onerror=alert(1)> - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!1e4db8dc5e308a342f1b7f8346a20f4607f5a84048933f6ac180eb42b07a2830','g2d00fb05-282b-1c54-773f-fcc276dd081a',1795428000000000,'["read"]',NULL,'2d00fb05-282b-1c54-773f-fcc276dd081a',NULL,'c:0t.c|tenant|2d00fb05-282b-1c54-773f-fcc276dd081a',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!2048aadb7d7948f2f0bedae578aab053f1b132474c82bdf7b59e77da4c0cca88','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'=HYPERLINK("https://verzonnen.example/?x="&A1;"klik hier") - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!2048aadb7d7948f2f0bedae578aab053f1b132474c82bdf7b59e77da4c0cca88','ga00dee5d-c2e0-2c11-7f43-5e0110277a43',1795428000000000,'["read"]',NULL,'a00dee5d-c2e0-2c11-7f43-5e0110277a43',NULL,'c:0t.c|tenant|a00dee5d-c2e0-2c11-7f43-5e0110277a43',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!206cd283bf8c31da806ab8c363f49b40f0f903fd350da60a8518b7a4dc12b14d','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'PAP Administratie - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!206cd283bf8c31da806ab8c363f49b40f0f903fd350da60a8518b7a4dc12b14d','gcf02b761-a8bc-2672-30f8-5cbd644ba218',1795428000000000,'["write"]',NULL,'cf02b761-a8bc-2672-30f8-5cbd644ba218',NULL,'c:0t.c|tenant|cf02b761-a8bc-2672-30f8-5cbd644ba218',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!210cd7fb140af3bdcea029162e52d397ba9dd894cdd5321cdfdaf304c85f7d8c','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'VLI Zorgteam - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!210cd7fb140af3bdcea029162e52d397ba9dd894cdd5321cdfdaf304c85f7d8c','g23af5882-b650-2cc3-babf-b08cdfb65b53',1795428000000000,'["write"]',NULL,'23af5882-b650-2cc3-babf-b08cdfb65b53',NULL,'c:0o.c|federateddirectoryclaimprovider|23af5882-b650-2cc3-babf-b08cdfb65b53',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!210cd7fb140af3bdcea029162e52d397ba9dd894cdd5321cdfdaf304c85f7d8c','g318e6bc6-45c7-29c4-a461-25bbefcf4c7a',1795428000000000,'["read"]',NULL,'318e6bc6-45c7-29c4-a461-25bbefcf4c7a',NULL,'c:0t.c|tenant|318e6bc6-45c7-29c4-a461-25bbefcf4c7a',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!210cd7fb140af3bdcea029162e52d397ba9dd894cdd5321cdfdaf304c85f7d8c','u4c9f1c39-b999-72f9-b099-cdf763dbf6d7',1795428000000000,'["write"]','4c9f1c39-b999-72f9-b099-cdf763dbf6d7',NULL,NULL,'i:0#.f|membership|400580@leerling.verzonnenwaaier.example',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!2190f00f328af37210f55dd3e2724255384495151073e94b24769ba20038b57e','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'BUR ICT - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!2190f00f328af37210f55dd3e2724255384495151073e94b24769ba20038b57e','g5c445c6f-4b54-1a4d-efd2-f206139ad280',1795428000000000,'["write"]',NULL,'5c445c6f-4b54-1a4d-efd2-f206139ad280',NULL,'c:0t.c|tenant|5c445c6f-4b54-1a4d-efd2-f206139ad280',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!221adf81f677174eaca06de7c6f08bdfc396f072b6d4f4a63e55f5544e8b5fdb','T3duZXJz',1795428000000000,'["owner"]',NULL,NULL,'Startpagina - eigenaren',NULL,NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!221adf81f677174eaca06de7c6f08bdfc396f072b6d4f4a63e55f5544e8b5fdb','c3BvLWdyaWQ',1795428000000000,'["read"]',NULL,NULL,NULL,'c:0-.f|rolemanager|spo-grid-all-users/547c09f5-d778-5a87-904e-0d9e127773aa',NULL,NULL,NULL,1795428000000000,NULL,11);
INSERT INTO "collected_drive_permissions" VALUES(1,'b!221adf81f677174eaca06de7c6f08bdfc396f072b6d4f4a63e55f5544e8b5fdb','link-organization',1795428000000000,'["read"]',NULL,NULL,NULL,NULL,'organization','view',NULL,1795428000000000,NULL,11);
CREATE TABLE collected_drives (
	tenant_id BIGINT NOT NULL, 
	drive_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	site_id TEXT, 
	name TEXT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_drives PRIMARY KEY (tenant_id, drive_id, first_seen)
);
INSERT INTO "collected_drives" VALUES(1,'b!12fd2795d5818a015691df40990c9340c86fa51f72aa784bf2d1959a554b8a73',1795428000000000,'verzonnenwaaier.sharepoint.example,2525e509-644b-a83a-1538-4ea5aa6b5a04,2c201f0f-3979-7a76-6684-673fd6dbbe80','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!16b81495f756efdef8da454033eb9345c38bae5c8a5645e7d54efd4d5ca64b14',1795428000000000,'verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!16bf044d700a31bff821ffc54a366b848b738a6d8d586f22159a27894e12459c',1795428000000000,'verzonnenwaaier.sharepoint.example,4cd7eefa-7b8f-0bc6-fdc5-ec056a3d2526,7d7780cf-f394-e24e-2961-8e41d575a1fb','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!17959193ef0b94a9f094ee0b0e4cb73599bde2eee2d23d18f25c18653f6be9e8',1795428000000000,'verzonnenwaaier.sharepoint.example,77866097-ca1e-c969-392a-4d4511e2a09d,75ab44ec-718e-bfb7-7a5a-ce33e3dec047','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!1e4db8dc5e308a342f1b7f8346a20f4607f5a84048933f6ac180eb42b07a2830',1795428000000000,'verzonnenwaaier.sharepoint.example,c6806bc0-9547-9a0a-0fdf-ef0c8535d1aa,b1a8a85d-cdf1-edc6-0c27-6b27a75d975b','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2048aadb7d7948f2f0bedae578aab053f1b132474c82bdf7b59e77da4c0cca88',1795428000000000,'verzonnenwaaier.sharepoint.example,e181ac3a-3ee5-0752-0f78-a89f8eb739d9,610a6071-9841-4190-fd71-266008607708','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!206cd283bf8c31da806ab8c363f49b40f0f903fd350da60a8518b7a4dc12b14d',1795428000000000,'verzonnenwaaier.sharepoint.example,82216506-5862-7a4e-3c21-b9b2b03d92ff,5c86c73a-7d6d-bdf8-97b9-28bb60784580','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!210cd7fb140af3bdcea029162e52d397ba9dd894cdd5321cdfdaf304c85f7d8c',1795428000000000,'verzonnenwaaier.sharepoint.example,dcf27cdb-ffb4-526b-58ac-e5fa67d303a8,7e00fa4b-9a10-ee4a-8e68-401517ed20c3','Leerlingdossiers',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2190f00f328af37210f55dd3e2724255384495151073e94b24769ba20038b57e',1795428000000000,'verzonnenwaaier.sharepoint.example,160ccdbb-b0b9-1479-2114-665cfde9f4ed,e9a6609f-934e-9735-aeb6-cc0ad90f8fce','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!221adf81f677174eaca06de7c6f08bdfc396f072b6d4f4a63e55f5544e8b5fdb',1795428000000000,'verzonnenwaaier.sharepoint.example,0212d7a5-4f1f-6377-4543-5b73f18dfe69,a1d46b54-7a00-2f46-5189-d58095be685e','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!22dcd2526f58fee549f9a33c9ceda98ad63bacbd2e455805fbfbcd7737b5828b',1795428000000000,'verzonnenwaaier.sharepoint.example,3ababc2b-ade1-069a-f9c2-584daf08f852,c823f0ab-9bd0-186f-0ab8-8cc0657666cf','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2479eded483c9978bcd514b6eb5a8e35f0eb57b86a687308202080329eed94a8',1795428000000000,'verzonnenwaaier.sharepoint.example,00f73bd1-05bf-0e5d-9272-db49621c40bd,d87bf333-aa50-92f1-654b-e543039a20a1','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!24c348cf6010152be887b7d7322befd949c6d66063059e7bb506431c942f786d',1795428000000000,'verzonnenwaaier.sharepoint.example,76674438-f5a9-7497-69ad-7d15adebf766,78bfb8b7-f4c9-194a-b669-fb6b4eb0c50d','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!275627af904827047ab7bfdc47520317f36e474ba0527c6d23c423ccced91dc2',1795428000000000,'verzonnenwaaier.sharepoint.example,4c0cd261-b748-e500-1dbf-700ab025423d,3413559e-eec3-e4aa-afd4-bb19c5a6b18c','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!28445d7b0f06a284455392571e9ae3c7d438abc7dcf9fa4b19173b506b614490',1795428000000000,'verzonnenwaaier.sharepoint.example,a38d0bc0-2dbd-a893-084a-4090796afff4,baaac0f7-d767-bb4a-c629-8421f8183875','Leerlingdossiers',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!28a61be2f862bcfa505384d21bb1ef287a1776fd59ca21594ce6f0ca0336072b',1795428000000000,'verzonnenwaaier.sharepoint.example,135116c2-28be-6bbd-9882-e300ebc66dec,d3ddf480-555a-3038-e9dc-782715ba61c2','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2989ec330b84a7b29c943b4f4c1f88224cb686f6fb8642f93ff7c060aa691b0e',1795428000000000,'verzonnenwaaier.sharepoint.example,ce15b784-bbf7-8bdf-e853-1caf0860d268,8fcb03f2-30d0-6735-dd61-d29aaf00a5bf','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2e5d6de3f100596aebf107ab6f8813a1ca8db71fb9f8d9d9a3b5a50591213d6c',1795428000000000,'verzonnenwaaier.sharepoint.example,dcf27cdb-ffb4-526b-58ac-e5fa67d303a8,7e00fa4b-9a10-ee4a-8e68-401517ed20c3','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!2f122b7bf8a6c7523e15c7eb5a3866878abd302cd054d89bff15cbeddb6ec724',1795428000000000,'verzonnenwaaier.sharepoint.example,1c3b2117-b5e9-993f-4e28-8de7215a3c09,3cdac2b2-f1c9-ca7c-e611-62db8ea8f63c','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!31efdcbe01dff1cfe18b1e3ab0a26250cbf0207550543f193ba7fa8c52ce9465',1795428000000000,'verzonnenwaaier.sharepoint.example,3ac941b3-e3e8-36c2-8be4-111519b7e120,56c79c38-3db1-f590-b86d-de4539a169e1','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!33ea333457b8c0c0e5abf59dcef40311bc52205f81033fd545f1b511941d2442',1795428000000000,'verzonnenwaaier.sharepoint.example,5877da32-9d7e-6684-564c-d5294146c798,f2db1a92-e115-467e-20cf-265174a543a0','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!35882dc65b24259500ede21e22ddac00d6847fc3b67694917e38e8788b7d6b1f',1795428000000000,'verzonnenwaaier.sharepoint.example,061012bc-5827-4e1c-297d-dada895c9285,2b413643-4dbb-d4a9-654a-1406987a203c','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!36cc10032680cab95e59c4e25740c6e426e9b5074bac5bb5d565c11a2a3064be',1795428000000000,'verzonnenwaaier.sharepoint.example,d38ff31b-f93f-f593-ad67-ca43327c7162,2ecc37d4-70e9-812c-85a5-9a18310de582','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!371163102414002253eb9ecec3bc42d673506068ef78b80915f5e000aa2913f5',1795428000000000,'verzonnenwaaier.sharepoint.example,fd8595a0-3879-1e34-911b-662ed6302a22,8ef910b5-35de-885c-8e94-1eafd545bf7f','Documenten',1795428000000000,NULL,9);
INSERT INTO "collected_drives" VALUES(1,'b!38b4a27e10d55d47661c365b1f64683ceb38ec327a493eb765569441f30c37d1',1795428000000000,'verzonnenwaaier.sharepoint.example,f0e4622c-21c8-3475-0fd7-33deca061f35,c4473689-0a4a-65c3-d1cd-3bad30417cb3','Documenten',1795428000000000,NULL,9);
CREATE TABLE collected_group_members (
	tenant_id BIGINT NOT NULL, 
	group_id TEXT NOT NULL, 
	member_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	kind TEXT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_group_members PRIMARY KEY (tenant_id, group_id, member_id, first_seen)
);
INSERT INTO "collected_group_members" VALUES(1,'00956bd9-2271-9f50-1245-f0373c3e0526','75bc7552-eb20-cfbc-d0ed-27b21d55f261',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'00956bd9-2271-9f50-1245-f0373c3e0526','e7bbb347-4fbb-a0f2-fb01-7e3bb3bafdf0',1795428000000000,'#microsoft.graph.group',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'06eaa721-6cd0-e6be-2e0e-f963487a3464','759e2fe8-669d-eb92-8b80-78de80446594',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','1d945c82-39a8-78ea-e419-09822a370982',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','7f3daa54-5779-f604-548a-1d8693791b02',1795428000000000,'#microsoft.graph.group',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','9fb53003-26f0-aeb5-b53a-a1214f44b5aa',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','cf02b761-a8bc-2672-30f8-5cbd644ba218',1795428000000000,'#microsoft.graph.group',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','e8b23d2b-f380-d658-bb44-fb6eae098b7d',1795428000000000,'#microsoft.graph.group',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b','f1b37a6c-a8d4-29a5-cf57-c297e3e28d08',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0117d691-a9d7-6a94-6bb9-55e5538f780b',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0486bdcb-e8be-a353-17c0-c95273f3592a',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','06c64143-6c51-f949-7ca3-ac03eb78fe85',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','06d75630-8f8f-8081-725e-d78f6727f517',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','071c2942-393b-8bac-1bfc-1bbad7ecf3cd',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0730f32f-8356-66f2-5bca-f8b7b357a498',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0a258687-6026-dbb7-8d1a-d519a12833d7',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0c61a478-f527-66ca-8976-79855a6c9d2b',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0d1b3678-a0dc-576a-62e2-207ab5d5a6d9',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','0f9a19e0-f0a5-08cc-29c1-7f4066384f8b',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','11c0bf99-ad19-9d1c-66bd-86138693113c',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','147da373-b24f-8226-5640-bacce1eec601',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','181e55d0-79d2-c064-0bd7-63663fe9266e',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','191556e2-1164-e6bd-ee71-09189ed911cf',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','1a54eda6-b73c-fb67-ee4f-cbc556d862e3',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
INSERT INTO "collected_group_members" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9','1c5d1cf3-1596-0eda-3c97-1639f64cf103',1795428000000000,'#microsoft.graph.user',1795428000000000,NULL,10);
CREATE TABLE collected_groups (
	tenant_id BIGINT NOT NULL, 
	group_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	name TEXT, 
	visibility TEXT, 
	dynamic TEXT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_groups PRIMARY KEY (tenant_id, group_id, first_seen)
);
INSERT INTO "collected_groups" VALUES(1,'00956bd9-2271-9f50-1245-f0373c3e0526',1795428000000000,'PAP Hulp bij rekenen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'06eaa721-6cd0-e6be-2e0e-f963487a3464',1795428000000000,'🦄 Ünïcødé 👩‍🏫 Bedenksel',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'0fecd214-a573-504f-5121-1642bd6bb14b',1795428000000000,'PAP Personeel',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'15a13f03-c168-10d1-b134-ad37af2c35c9',1795428000000000,'VLI Leerlingen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'1a6c648a-33a5-56cf-9c7f-652f5792eefe',1795428000000000,'BUR Financiën','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'21e764d5-e0f1-1c97-08f8-fd17895375b5',1795428000000000,'Projectgroep Zon',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'22ddbbdd-aa85-be9f-7376-2e62258fe55b',1795428000000000,'VLI Leerkrachten bovenbouw',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'23af5882-b650-2cc3-babf-b08cdfb65b53',1795428000000000,'VLI Zorgteam','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'251801f3-e7e6-bc3d-a883-003ff160a7af',1795428000000000,'KIK Leerlingen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'2610b1a0-35d0-7da6-40e5-982316ee0e0f',1795428000000000,'PAP Schoolplein','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'2a069fc5-42c2-3ca2-bceb-0d54ecdc6a6d',1795428000000000,'PAP Leerlingen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'2d00fb05-282b-1c54-773f-fcc276dd081a',1795428000000000,'"><img src=x onerror=alert(1)>',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'2de3fbe5-738a-3111-74d3-ea495280977b',1795428000000000,'Samenwerking met partners','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'318e6bc6-45c7-29c4-a461-25bbefcf4c7a',1795428000000000,'VLI Directie',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'31992a24-474a-720f-b47a-8ecfa73416e5',1795428000000000,'PAP Iedereen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'3ddfe668-02e5-a3eb-c554-90354d55ef82',1795428000000000,'PAP Leerlingenraad',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'3e37b28c-ddd6-30d6-8fdf-0b588d4bfc7b',1795428000000000,'BUR HR','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'41a6458c-4c0c-ddd4-c60d-4d3523e0cc90',1795428000000000,'VLI Leerkrachten',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'445926e7-dc02-a7b8-9843-fe98c58e5044',1795428000000000,'BUR Bestuur','Private',NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'47782ee0-bada-53b3-82fd-da184eabb7d5',1795428000000000,'Projectgroep Maan',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'4f5c8dc8-1f6c-ed16-2094-329ba26e4341',1795428000000000,'Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Lang',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'553a498c-9f9d-2d15-f29b-0384beba682a',1795428000000000,'../../etc/verzonnen',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'5c445c6f-4b54-1a4d-efd2-f206139ad280',1795428000000000,'BUR ICT',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'5db91977-0377-68e9-af8a-feb6b8ea5e24',1795428000000000,'KIK Administratie',NULL,NULL,1795428000000000,NULL,4);
INSERT INTO "collected_groups" VALUES(1,'611499da-7546-9985-d8f9-cc36a391600e',1795428000000000,'PAP Zorgteam','Private',NULL,1795428000000000,NULL,4);
CREATE TABLE collected_managed_devices (
	tenant_id BIGINT NOT NULL, 
	device_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	name TEXT, 
	account_id TEXT, 
	serial TEXT, 
	system TEXT, 
	model TEXT, 
	category TEXT, 
	last_sync BIGINT, 
	enrolled BIGINT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_managed_devices PRIMARY KEY (tenant_id, device_id, first_seen)
);
INSERT INTO "collected_managed_devices" VALUES(1,'0102b319-da9d-254e-7992-4d9ba4c8140d',1795428000000000,'VLI-LT-0046','fa1615b7-90e5-c32b-8a22-89b892c2a5a2','VRZ000046','Windows','Verzonnenbook 14','Personeel',1794769272000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0352d4cf-bbf9-5941-04d3-c09a7203f931',1795428000000000,'Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Lang','c1df7923-88bf-aafa-1eb7-aebed461f1e7','VRZ000029','Windows','Verzonnenbook 14','Personeel',1794064404000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'051e6669-0224-b235-df76-1e53e0538a3b',1795428000000000,'PAP-LT-0110','50965fb6-57c8-bde7-7c0d-927996f5531d','VRZ000110','Windows','Verzonnenbook 14','Leerling-laptop',1793240396000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0591723c-df28-0d2b-3fd8-4d9669d10ab7',1795428000000000,'KIK-LT-0039','e7ee01c0-b8f5-6892-4367-c657e1ba2e63','VRZ000039','Windows','Verzonnenbook 14','Personeel',1794045771000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0611f3d3-0d1a-0d1e-3530-d6b220d6d307',1795428000000000,'../../etc/verzonnen','becde083-de3e-bc5e-2c23-eb3257861c07','VRZ000078','Windows','Verzonnenbook 14','Leerling-laptop',1793607288000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'07b6277b-61dd-1b1c-6cd3-58f37bd9e24f',1795428000000000,'PAP-LT-0024','d6c092b4-b589-f2fc-8591-01bfbd2ca6ba','VRZ000024','Windows','Verzonnenbook 14','Personeel',1794628224000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0aaad4c6-7a69-03d5-d883-441936faebb4',1795428000000000,'PAP-LT-0101','2a46e312-260d-5d0e-85b7-8b10b1fd0e23','VRZ000101','Windows','Verzonnenbook 14','Leerling-laptop',1793516201000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0bfbd83b-f213-0f2d-17fe-acdf60175369',1795428000000000,'PAP-LT-0077','43c240ed-b3e4-9842-d753-55a3f97c73db','VRZ000077','Windows','Verzonnenbook 14','Leerling-laptop',1794262208000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0c0c512d-7648-14c4-9886-99c8022d239b',1795428000000000,'PAP-LT-0123','d75ed557-d640-9602-ee29-c07d19f052c3','VRZ000123','Windows','Verzonnenbook 14','Leerling-laptop',1795324773000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0db8a741-e792-ad8f-e61e-69396085a3ac',1795428000000000,'PAP-LT-0114','c0fa1efa-4098-595d-af8b-0d3651237b81','VRZ000114','Windows','Verzonnenbook 14','Leerling-laptop',1793130821000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0df81541-289f-a5ba-25f5-a6c1d0ecf44c',1795428000000000,'KIK-LT-0020','6c733654-2f28-40f6-46ec-49d6221b29a5','VRZ000020','Windows','Verzonnenbook 14','Personeel',1794961803000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0ec97c64-7d09-f85e-7372-52aa97eca684',1795428000000000,'PAP-LT-0099','8947bc5f-b270-7f6b-1409-abc917ac7480','VRZ000099','Windows','Verzonnenbook 14','Leerling-laptop',1795067665000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'0fbff386-8ec7-592c-a29e-3533553e6d8a',1795428000000000,'PAP-LT-0080','b6ecaf61-b090-f483-0ea8-8ff2436b0ed5','VRZ000080','Windows','Verzonnenbook 14','Leerling-laptop',1795320449000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'110d65ee-d7aa-d6da-5096-4f1bc7deef85',1795428000000000,'PAP-LT-0119','6115c55b-3e7f-7f34-76b9-443add22caf9','VRZ000119','Windows','Verzonnenbook 14','Leerling-laptop',1794959850000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'11a868d3-e441-7924-3864-d960e83b5be0',1795428000000000,'PAP-LT-0107','3558304c-7f0c-7779-2023-933ca0340e9f','VRZ000107','Windows','Verzonnenbook 14','Leerling-laptop',1792454282000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'148acc9d-9175-716f-ae32-603f8c560981',1795428000000000,'PAP-LT-0069','578d9080-83ae-e8d0-d800-482fbc2f30a9','VRZ000069','Windows','Verzonnenbook 14','Leerling-laptop',1795026867000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'1a9ec93e-8316-bb76-fa49-21d818e2a6cb',1795428000000000,'PAP-LT-0070','7c22cb96-1189-cbdb-553c-5c550b43a4c3','VRZ000070','Windows','Verzonnenbook 14','Leerling-laptop',1792168380000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'1b46a414-c5cc-5643-5259-b3a5f1b7cb7b',1795428000000000,'VLI-LT-0044','e4323a77-fcd1-fb88-b2a9-0a6735646e49','VRZ000044','Windows','Verzonnenbook 14','Personeel',1794342242000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'1f9e8080-b812-3deb-5c46-0230961b19e5',1795428000000000,'PAP-LT-0121','36f0013d-d6ad-62f2-0404-71d981192f54','VRZ000121','Windows','Verzonnenbook 14','Leerling-laptop',1792218298000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'1feb0725-ebf4-095e-08c8-df1c4a577f93',1795428000000000,'PAP-LT-0055','16475c45-c9a2-44f3-fbce-fdd5fac03351','VRZ000055','Windows','Verzonnenbook 14','Leerling-laptop',1794219364000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'203f36c8-ed90-768f-53ca-29790aaa9b72',1795428000000000,'PAP-LT-0129','3fbc5b47-18b4-1704-b220-9d3dd545c9b5','VRZ000129','Windows','Verzonnenbook 14','Leerling-laptop',1794954517000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'227ad18c-a630-e5e8-97ae-39dea4f21a47',1795428000000000,'"><img src=x onerror=alert(1)>','4fffed8e-70dd-e8ef-3e85-aae583c76f00','VRZ000050','Windows','Verzonnenbook 14','Personeel',1795035649000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'2460f4b6-407b-5b52-8e8f-1ea5b3980cca',1795428000000000,'PAP-LT-0105','c30e11a2-9c85-0e2a-7f54-908e1e7960ea','VRZ000105','Windows','Verzonnenbook 14','Leerling-laptop',1793149667000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'2673d410-37f2-fe7a-e525-72ad1bec4e37',1795428000000000,'PAP-LT-0073','4b6d3a0d-cf3e-ff23-7dce-6604306c635b','VRZ000073','Windows','Verzonnenbook 14','Leerling-laptop',1793252674000000,1752228000123456,1795428000000000,NULL,5);
INSERT INTO "collected_managed_devices" VALUES(1,'2869fe04-9c6c-9969-9a8a-a8032c86747d',1795428000000000,'PAP-LT-0115','11410f4c-c54f-7948-c2b2-a2eaefa8c3a1','VRZ000115','Windows','Verzonnenbook 14','Leerling-laptop',1794944203000000,1752228000123456,1795428000000000,NULL,5);
CREATE TABLE collected_mfa_registration (
	tenant_id BIGINT NOT NULL, 
	account_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	mfa_capable BOOLEAN, 
	mfa_registered BOOLEAN, 
	methods JSON, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_mfa_registration PRIMARY KEY (tenant_id, account_id, first_seen)
);
INSERT INTO "collected_mfa_registration" VALUES(1,'00bb5523-647c-97eb-8916-c65e0ef7869d',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0117d691-a9d7-6a94-6bb9-55e5538f780b',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'02108a89-ba40-7c6b-0cb0-c1573a1006db',1795428000000000,1,1,'["mobilePhone","microsoftAuthenticatorPush","softwareOneTimePasscode"]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'02ee3951-115a-26c9-52fe-1c10ac5cc1ea',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0486bdcb-e8be-a353-17c0-c95273f3592a',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'048d8534-c452-7613-a45d-ff2e188a5adc',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0491f98b-d0bc-13de-4e57-1d33af3efa07',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'04cbf779-c803-b6a0-be9b-15b8cd9f3472',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'05ab7da5-8802-765a-26cc-cb338defb94d',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'06c64143-6c51-f949-7ca3-ac03eb78fe85',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'06cd7cc2-6c0c-c13c-d92a-9bc193e83ed4',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'06d75630-8f8f-8081-725e-d78f6727f517',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'071c2942-393b-8bac-1bfc-1bbad7ecf3cd',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0722f3ba-0019-8992-0ef6-935fa1c58232',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0730f32f-8356-66f2-5bca-f8b7b357a498',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'07591d13-572d-ff8d-e62b-01c721c8febb',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0861f942-4350-fe8e-374c-a9035d4c811c',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0933ce3f-8150-4d57-cd09-b3f4e27cf6ab',1795428000000000,1,1,'["mobilePhone","microsoftAuthenticatorPush","softwareOneTimePasscode"]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'09ad0644-e975-fd0b-98ca-2ffa7ee85573',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'09ad95df-fbce-ac33-dada-a6d26eaf3a21',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0a258687-6026-dbb7-8d1a-d519a12833d7',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0aeefa58-b7ec-8507-242d-95d805fde011',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0b17a306-8adc-dd62-f8ff-48f8608ef61a',1795428000000000,1,1,'["mobilePhone","microsoftAuthenticatorPush","softwareOneTimePasscode"]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0c246234-2d7a-e752-405c-4a017a7e587b',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
INSERT INTO "collected_mfa_registration" VALUES(1,'0c61a478-f527-66ca-8976-79855a6c9d2b',1795428000000000,0,0,'[]',1795428000000000,NULL,6);
CREATE TABLE collected_pupil_list (
	tenant_id BIGINT NOT NULL, 
	pupil_number TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	upn TEXT, 
	school TEXT, 
	year_group TEXT, 
	enrolled BOOLEAN, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_pupil_list PRIMARY KEY (tenant_id, pupil_number, first_seen)
);
INSERT INTO "collected_pupil_list" VALUES(1,'400031',1795428000000000,'400031@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','1',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400032',1795428000000000,'400032@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','1',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400033',1795428000000000,'400033@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','1',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400034',1795428000000000,'400034@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','2',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400035',1795428000000000,'400035@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','2',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400036',1795428000000000,'400036@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','2',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400037',1795428000000000,'400037@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','3',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400038',1795428000000000,'400038@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','3',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400039',1795428000000000,'400039@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','3',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400040',1795428000000000,'400040@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','4',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400041',1795428000000000,'400041@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','4',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400042',1795428000000000,'400042@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','4',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400043',1795428000000000,'400043@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','5',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400044',1795428000000000,'400044@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','5',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400045',1795428000000000,'400045@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','5',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400046',1795428000000000,'400046@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','6',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400047',1795428000000000,'400047@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','6',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400048',1795428000000000,'400048@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','6',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400049',1795428000000000,'400049@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','7',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400050',1795428000000000,'400050@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','7',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400051',1795428000000000,'400051@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','7',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400052',1795428000000000,'400052@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','8',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400053',1795428000000000,'400053@leerling.verzonnenwaaier.example','Basisschool De Verzonnen Vlieger','8',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400054',1795428000000000,'400054@leerling.verzonnenwaaier.example','Basisschool De Glazen Kikker','8',1,1795428000000000,NULL,1);
INSERT INTO "collected_pupil_list" VALUES(1,'400055',1795428000000000,'400055@leerling.verzonnenwaaier.example','Basisschool De Papieren Boot','1',1,1795428000000000,NULL,1);
CREATE TABLE collected_sign_ins (
	tenant_id BIGINT NOT NULL, 
	month INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	at BIGINT, 
	account_id TEXT, 
	upn TEXT, 
	app TEXT, 
	client TEXT, 
	ip_address TEXT, 
	country TEXT, 
	error_code BIGINT, 
	failure TEXT, 
	device_id TEXT, 
	seq BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_sign_ins PRIMARY KEY (tenant_id, month, id)
);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0109a28a-b28d-d388-9e26-0b923cc5f830',1795175626000000,'ae742982-728c-ce32-0b71-34013c05bba0','400146@leerling.verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',299,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01b1a3fe-ec42-0e7c-474b-4f86ac2f6a6b',1795173532000000,'913e6b02-2d7e-c9c8-b52a-0e030e599a72','400158@leerling.verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',319,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01062375-ce5b-facb-3dd2-b42d4779d463',1795170300000000,'181e55d0-79d2-c064-0bd7-63663fe9266e','400116@leerling.verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',367,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'00213678-35dd-0f9d-187d-e5fdf0584ea1',1795168537000000,'b2d96ad9-fca9-693e-cb25-70b5c6d184fd','xandra.bedenksel@verzonnenwaaier.example','OfficeHome','Browser','203.0.113.10','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',400,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'018045cf-7b04-7481-0f41-0aef480b1e15',1795166260000000,'11b3b6f6-1c4f-be96-0806-0be3efef8ed8','vince.vaneikenlucht@verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.12','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',437,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'002a3499-042c-02f4-9c98-1f3ff35d7466',1795165950000000,'d6c092b4-b589-f2fc-8591-01bfbd2ca6ba','farid.fopspeen@verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.10','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',440,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'014526a1-216d-62d6-e20b-2a90bb588547',1795163794000000,'fa1615b7-90e5-c32b-8a22-89b892c2a5a2','pien.vanverzinsel@verzonnenwaaier.example','OfficeHome','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',482,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0164d2cd-3046-5aea-c5da-911e30210cf4',1795163159000000,'999268aa-d69f-6d83-236d-2bf568723d06','400402@leerling.verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.12','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',491,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'011771de-2d12-e8f5-cdf4-b4fd1539ddd3',1795161082000000,'e7ee01c0-b8f5-6892-4367-c657e1ba2e63','eva.hersenspinsel@verzonnenwaaier.example','OfficeHome','Browser','203.0.113.12','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',534,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0170e5b7-cdca-fade-97bb-3135aefd04e2',1795083558000000,'7af1b512-855a-0657-e167-f40b00176696','400128@leerling.verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',786,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01d206b1-2aa5-8b07-fb0c-cf20cb10582b',1795075051000000,'3de0999a-b954-a702-5bcf-845031f7bbe1','400405@leerling.verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.12','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',935,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'010f2c8a-705e-be23-c4c7-af3ad1472e8e',1795006337000000,'f6b83553-6a2a-2050-74b0-27c3565f33da','mees.vanverzinsel@verzonnenwaaier.example','Office 365 SharePoint Online','Mobile Apps and Desktop clients','2001:db8:8480:3d37::49',NULL,50126,'Error validating credentials due to invalid username or password.',NULL,1137,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'00cbd3b1-c2f4-1926-4d88-563b4311be63',1795005507000000,'0933ce3f-8150-4d57-cd09-b3f4e27cf6ab','daan.papierwolk@verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1146,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01233d2b-e47e-c564-61b2-e3f4202295b8',1794996423000000,'86545d26-7f34-69d4-71cd-76c8f08e607a','400332@leerling.verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.11','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1286,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0117d043-b59f-1d3e-b215-a4f06796c2e8',1794993181000000,'0486bdcb-e8be-a353-17c0-c95273f3592a','400191@leerling.verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.11','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1350,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0053e512-2503-0bc0-ac1c-ecce5ab6c883',1794992055000000,'5f642985-2083-76ad-c4c3-6d640dcb34e6','400118@leerling.verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.10','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1376,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0193715b-951e-9ca8-d666-2c34cf3b2081',1794989357000000,'b64ce96a-0ca6-cc4a-64d6-1b9e82b28433','noor.defantasie@verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1454,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01e68d2a-7937-5022-d9df-136b31886120',1794921057000000,'bfd82597-cc5a-f5f5-d34a-003057d2e3a8','oda.kartonsma@verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.10','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1605,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'00bafd3f-94a3-4102-cb85-174e41bec7bb',1794913619000000,'fa1615b7-90e5-c32b-8a22-89b892c2a5a2','pien.vanverzinsel@verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1667,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01f45e9b-6f49-bb6a-d350-eb5f998c2eec',1794904260000000,'5fbe21f7-bb74-f424-f1c1-034174a6e7d6','400225@leerling.verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.12','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1849,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0014d365-9959-6305-219b-a3b8b4eeba32',1794900850000000,'214de47b-0c91-3c7c-f6f4-d03782e709e1','400486@leerling.verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.12','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',1923,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'01af9c49-d72a-b438-49ab-0cfdd66f8007',1794831801000000,'856dc082-53e1-5c58-146b-6e22b10db963','400323@leerling.verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',2006,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0206e6d9-5484-7e46-5241-77063b45db40',1794817226000000,'97ee449b-1391-7200-b670-2c54f93cbdd2','saar.sprookjesman@verzonnenwaaier.example','Microsoft Teams','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',2205,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'0036cb41-f10e-3aea-0ca3-0edf7b077cd8',1794816632000000,'f36f78b3-03b4-6a3a-abe7-50f454f084a2','400057@leerling.verzonnenwaaier.example','Office 365 Exchange Online','Browser','203.0.113.12','NL',50126,'Error validating credentials due to invalid username or password.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',2230,7);
INSERT INTO "collected_sign_ins" VALUES(1,202611,'020c9f2b-5747-9b0b-5339-29aa1d811005',1794815658000000,'2bb9efcd-4f9f-63da-e5f2-6f74cdb30ee8','jip.zeepbelle@verzonnenwaaier.example','Office 365 SharePoint Online','Browser','203.0.113.11','NL',0,'Other.','b3be9fd1-2dce-4f0f-ad3e-54782fd73b92',2298,7);
CREATE TABLE collected_sites (
	tenant_id BIGINT NOT NULL, 
	site_id TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	name TEXT, 
	address TEXT, 
	personal BOOLEAN, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_sites PRIMARY KEY (tenant_id, site_id, first_seen)
);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier-my.sharepoint.example,08edce2d-df95-b3ab-0a55-fce57cefb044,dfa70cf5-6a6f-a7b0-47e3-1cc45550aa1d',1795428000000000,NULL,'https://verzonnenwaaier-my.sharepoint.example/personal/hidde_vandoenalsof_verzonnenwaaier_example',1,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier-my.sharepoint.example,31eadc47-f2bd-be6f-c5ab-47662e042f58,4df8fb13-06f4-8ef1-1fb2-67adac470359',1795428000000000,NULL,'https://verzonnenwaaier-my.sharepoint.example/personal/mees_vanverzinsel_verzonnenwaaier_example',1,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier-my.sharepoint.example,95c60bfa-09da-89ae-d213-be1f418249f1,a111313e-8cd3-2942-9c3d-53ea80b02143',1795428000000000,NULL,'https://verzonnenwaaier-my.sharepoint.example/personal/bram_confettistra_verzonnenwaaier_example',1,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier-my.sharepoint.example,b6f23ea1-fbfb-e3b0-26d1-8c819901980a,ad6d81c4-bbc0-5fcc-59f5-6dd9c7200381',1795428000000000,NULL,'https://verzonnenwaaier-my.sharepoint.example/personal/sem_kwinkslag_verzonnenwaaier_example',1,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier-my.sharepoint.example,d82f68b2-2d36-816d-119a-6ab5626ca223,c343920d-da83-a47f-9cad-b74692c45913',1795428000000000,NULL,'https://verzonnenwaaier-my.sharepoint.example/personal/yara_fopspeen_verzonnenwaaier_example',1,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,00f73bd1-05bf-0e5d-9272-db49621c40bd,d87bf333-aa50-92f1-654b-e543039a20a1',1795428000000000,'PAP Leerlingen','https://verzonnenwaaier.sharepoint.example/sites/PAPLeerlingen',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,0212d7a5-4f1f-6377-4543-5b73f18dfe69,a1d46b54-7a00-2f46-5189-d58095be685e',1795428000000000,'Startpagina','https://verzonnenwaaier.sharepoint.example/sites/Startpagina',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,061012bc-5827-4e1c-297d-dada895c9285,2b413643-4dbb-d4a9-654a-1406987a203c',1795428000000000,'VLI Administratie','https://verzonnenwaaier.sharepoint.example/sites/VLIAdministratie',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,0bdbde5f-a902-3bdb-0039-61fb95e247d7,0195bbad-32a7-c2e4-22f6-85f1fce6825b',1795428000000000,'VLI Schoolplein','https://verzonnenwaaier.sharepoint.example/sites/VLISchoolplein',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,135116c2-28be-6bbd-9882-e300ebc66dec,d3ddf480-555a-3038-e9dc-782715ba61c2',1795428000000000,'KIK Personeel','https://verzonnenwaaier.sharepoint.example/sites/KIKPersoneel',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,160ccdbb-b0b9-1479-2114-665cfde9f4ed,e9a6609f-934e-9735-aeb6-cc0ad90f8fce',1795428000000000,'BUR ICT','https://verzonnenwaaier.sharepoint.example/sites/BURICT',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,1c3b2117-b5e9-993f-4e28-8de7215a3c09,3cdac2b2-f1c9-ca7c-e611-62db8ea8f63c',1795428000000000,'+SUM(1+1)*cmd|''/c rekenmachine''!A0','https://verzonnenwaaier.sharepoint.example/sites/SUM11cmdcrekenmachineA0',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,2238074f-7e83-fa63-68b1-f177304a2717,b4995d60-ded8-8362-d633-2003f3e25bbe',1795428000000000,'PAP Leerkrachten','https://verzonnenwaaier.sharepoint.example/sites/PAPLeerkrachten',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,2525e509-644b-a83a-1538-4ea5aa6b5a04,2c201f0f-3979-7a76-6684-673fd6dbbe80',1795428000000000,'‮gnirpsnaV ‬van Verzinsel','https://verzonnenwaaier.sharepoint.example/sites/gnirpsnaVvanVerzinsel',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,385cb5f5-8f16-e05e-26af-a77fbbc8ef42,67101707-229d-8415-e1cd-404be4c7fe01',1795428000000000,'KIK Schoolplein','https://verzonnenwaaier.sharepoint.example/sites/KIKSchoolplein',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,3ababc2b-ade1-069a-f9c2-584daf08f852,c823f0ab-9bd0-186f-0ab8-8cc0657666cf',1795428000000000,'🦄 Ünïcødé 👩‍🏫 Bedenksel','https://verzonnenwaaier.sharepoint.example/sites/ncdBedenksel',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,3ac941b3-e3e8-36c2-8be4-111519b7e120,56c79c38-3db1-f590-b86d-de4539a169e1',1795428000000000,'PAP Directie','https://verzonnenwaaier.sharepoint.example/sites/PAPDirectie',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,4c0cd261-b748-e500-1dbf-700ab025423d,3413559e-eec3-e4aa-afd4-bb19c5a6b18c',1795428000000000,NULL,'https://verzonnenwaaier.sharepoint.example/sites/systeem',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,4cd7eefa-7b8f-0bc6-fdc5-ec056a3d2526,7d7780cf-f394-e24e-2961-8e41d575a1fb',1795428000000000,'@SUM(A1:A9)','https://verzonnenwaaier.sharepoint.example/sites/SUMA1A9',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,5877da32-9d7e-6684-564c-d5294146c798,f2db1a92-e115-467e-20cf-265174a543a0',1795428000000000,'VLI Personeel','https://verzonnenwaaier.sharepoint.example/sites/VLIPersoneel',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,6eed9e2f-4ea0-ac92-86c7-97c2f355fe5c,4d243a0b-ac78-a2da-81eb-bf89e2972acf',1795428000000000,'BUR HR','https://verzonnenwaaier.sharepoint.example/sites/BURHR',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,729b1f01-b9ef-353f-6e7a-226fe466b78c,c74c386b-0c46-2739-4e6f-441a96552d71',1795428000000000,'PAP Schoolplein','https://verzonnenwaaier.sharepoint.example/sites/PAPSchoolplein',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,76674438-f5a9-7497-69ad-7d15adebf766,78bfb8b7-f4c9-194a-b669-fb6b4eb0c50d',1795428000000000,'Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Eindeloos Lang','https://verzonnenwaaier.sharepoint.example/sites/EindeloosEindeloosEindeloosEindeloosEind',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,77866097-ca1e-c969-392a-4d4511e2a09d,75ab44ec-718e-bfb7-7a5a-ce33e3dec047',1795428000000000,'KIK Leerkrachten','https://verzonnenwaaier.sharepoint.example/sites/KIKLeerkrachten',0,1795428000000000,NULL,8);
INSERT INTO "collected_sites" VALUES(1,'verzonnenwaaier.sharepoint.example,77d697ab-4e60-2f62-7e2a-8e5588a504e1,82399d08-e7d7-5942-b198-500ec323a541',1795428000000000,'../../etc/verzonnen','https://verzonnenwaaier.sharepoint.example/sites/etcverzonnen',0,1795428000000000,NULL,8);
CREATE TABLE collected_staff_list (
	tenant_id BIGINT NOT NULL, 
	employee_number TEXT NOT NULL, 
	school TEXT NOT NULL, 
	start_date TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	end_date TEXT, 
	name TEXT, 
	upn TEXT, 
	function TEXT, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	run_id BIGINT NOT NULL, 
	CONSTRAINT pk_collected_staff_list PRIMARY KEY (tenant_id, employee_number, school, start_date, first_seen)
);
INSERT INTO "collected_staff_list" VALUES(1,'100000','Bestuursbureau','2022-03-01',1795428000000000,NULL,'Yara Fopspeen','yara.fopspeen@verzonnenwaaier.example','Bestuurder',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100001','Bestuursbureau','2019-11-15',1795428000000000,NULL,'Bram Confettistra','bram.confettistra@verzonnenwaaier.example','Hoofd financiën',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100002','Bestuursbureau','2025-02-21',1795428000000000,NULL,'Sem Kwinkslag','sem.kwinkslag@verzonnenwaaier.example','Hoofd HR',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100003','BUR','2022-02-24',1795428000000000,NULL,'Hidde van Doenalsof','hidde.vandoenalsof@verzonnenwaaier.example','ICT-beheerder',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100004','Bestuursbureau','2019-12-03',1795428000000000,NULL,'Mees van Verzinsel','mees.vanverzinsel@verzonnenwaaier.example','Functionaris gegevensbescherming',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100005','Basisschool De Papieren Boot','2022-06-13',1795428000000000,NULL,'Hidde de Fantasie','HIDDE.DEFANTASIE@VERZONNENWAAIER.EXAMPLE','Directeur',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100006','Basisschool De Verzonnen Vlieger','2020-06-28',1795428000000000,NULL,'Ukke ter Verbeelding','ukke.terverbeelding@verzonnenwaaier.example','Directeur',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100007','KIK','2019-11-04',1795428000000000,NULL,'Hanna de Mythe','hanna.demythe@verzonnenwaaier.example','Directeur',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100008','Basisschool De Papieren Boot','2024-05-21',1795428000000000,NULL,'Teun Knikkerzak','teun.knikkerzak@verzonnenwaaier.example','Intern begeleider',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100009','Basisschool De Verzonnen Vlieger','2025-08-07',1795428000000000,NULL,'Sem Papierwolk','sem.papierwolk@verzonnenwaaier.example','Intern begeleider',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100010','Basisschool De Glazen Kikker','2025-06-11',1795428000000000,NULL,'Wies de Fantasie','wies.defantasie@verzonnenwaaier.example','Intern begeleider',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100011','PAP','2018-12-28',1795428000000000,NULL,'Aylin van Nergenshuizen','aylin.vannergenshuizen@verzonnenwaaier.example','Administratief medewerker',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100012','Basisschool De Verzonnen Vlieger','2022-12-20',1795428000000000,NULL,'Jip Zeepbelle','jip.zeepbelle@verzonnenwaaier.example','Administratief medewerker',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100013','Basisschool De Glazen Kikker','2023-05-05',1795428000000000,NULL,'Dewi Confettistra','dewi.confettistra@verzonnenwaaier.example','Administratief medewerker',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100014','Basisschool De Papieren Boot','2025-04-16',1795428000000000,NULL,'Ukke Confettistra','ukke.confettistra@verzonnenwaaier.example','Leerkracht groep 5',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100015','VLI','2021-10-10',1795428000000000,NULL,'Noor de Fantasie','noor.defantasie@verzonnenwaaier.example','Leerkracht groep 5',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100016','Basisschool De Glazen Kikker','2020-12-11',1795428000000000,NULL,'Fenna Papierwolk','fenna.papierwolk@verzonnenwaaier.example','Leerkracht groep 5',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100017','Basisschool De Papieren Boot','2025-05-13',1795428000000000,NULL,'Xandra Bedenksel','xandra.bedenksel@verzonnenwaaier.example','Leerkracht groep 3',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100018','Basisschool De Verzonnen Vlieger','2021-01-01',1795428000000000,NULL,'Thijs Zeepbelle','THIJS.ZEEPBELLE@VERZONNENWAAIER.EXAMPLE','Leerkracht groep 3',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100019','KIK','2019-07-17',1795428000000000,NULL,'Lars Papierwolk','lars.papierwolk@verzonnenwaaier.example','Leerkracht groep 3',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100020','Basisschool De Papieren Boot','2021-06-01',1795428000000000,NULL,'Joël de Fantasie','joel.defantasie@verzonnenwaaier.example','Onderwijsassistent',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100021','Basisschool De Verzonnen Vlieger','2025-10-12',1795428000000000,NULL,'Dewi Hersenspinsel','dewi.hersenspinsel@verzonnenwaaier.example','Onderwijsassistent',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100022','Basisschool De Glazen Kikker','2024-08-07',1795428000000000,NULL,'Roos Knikkerzak','roos.knikkerzak@verzonnenwaaier.example','Onderwijsassistent',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100023','PAP','2024-06-13',1795428000000000,NULL,'Farid Fopspeen','farid.fopspeen@verzonnenwaaier.example','Leerkracht groep 8',1795428000000000,NULL,2);
INSERT INTO "collected_staff_list" VALUES(1,'100024','Basisschool De Verzonnen Vlieger','2025-09-24',1795428000000000,NULL,'Niek van Doenalsof','niek.vandoenalsof@verzonnenwaaier.example','Leerkracht groep 8',1795428000000000,NULL,2);
CREATE TABLE counter (
	tenant_id BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_counter PRIMARY KEY (tenant_id, name)
);
INSERT INTO "counter" VALUES(1,'run',11);
INSERT INTO "counter" VALUES(1,'seq:sign-ins',2777);
INSERT INTO "counter" VALUES(1,'finding',57);
INSERT INTO "counter" VALUES(1,'evaluation',8);
INSERT INTO "counter" VALUES(1,'alert',48);
INSERT INTO "counter" VALUES(1,'mail',8);
CREATE TABLE coverage (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	resource VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	reason_values JSON NOT NULL, 
	CONSTRAINT pk_coverage PRIMARY KEY (tenant_id, run_id, resource)
);
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,00f73bd1-05bf-0e5d-9272-db49621c40bd,d87bf333-aa50-92f1-654b-e543039a20a1','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,0212d7a5-4f1f-6377-4543-5b73f18dfe69,a1d46b54-7a00-2f46-5189-d58095be685e','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,061012bc-5827-4e1c-297d-dada895c9285,2b413643-4dbb-d4a9-654a-1406987a203c','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,0bdbde5f-a902-3bdb-0039-61fb95e247d7,0195bbad-32a7-c2e4-22f6-85f1fce6825b','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,135116c2-28be-6bbd-9882-e300ebc66dec,d3ddf480-555a-3038-e9dc-782715ba61c2','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,160ccdbb-b0b9-1479-2114-665cfde9f4ed,e9a6609f-934e-9735-aeb6-cc0ad90f8fce','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,1c3b2117-b5e9-993f-4e28-8de7215a3c09,3cdac2b2-f1c9-ca7c-e611-62db8ea8f63c','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,2238074f-7e83-fa63-68b1-f177304a2717,b4995d60-ded8-8362-d633-2003f3e25bbe','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,2525e509-644b-a83a-1538-4ea5aa6b5a04,2c201f0f-3979-7a76-6684-673fd6dbbe80','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,385cb5f5-8f16-e05e-26af-a77fbbc8ef42,67101707-229d-8415-e1cd-404be4c7fe01','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,3ababc2b-ade1-069a-f9c2-584daf08f852,c823f0ab-9bd0-186f-0ab8-8cc0657666cf','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,3ac941b3-e3e8-36c2-8be4-111519b7e120,56c79c38-3db1-f590-b86d-de4539a169e1','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,4c0cd261-b748-e500-1dbf-700ab025423d,3413559e-eec3-e4aa-afd4-bb19c5a6b18c','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,4cd7eefa-7b8f-0bc6-fdc5-ec056a3d2526,7d7780cf-f394-e24e-2961-8e41d575a1fb','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,5877da32-9d7e-6684-564c-d5294146c798,f2db1a92-e115-467e-20cf-265174a543a0','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,6eed9e2f-4ea0-ac92-86c7-97c2f355fe5c,4d243a0b-ac78-a2da-81eb-bf89e2972acf','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,729b1f01-b9ef-353f-6e7a-226fe466b78c,c74c386b-0c46-2739-4e6f-441a96552d71','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,76674438-f5a9-7497-69ad-7d15adebf766,78bfb8b7-f4c9-194a-b669-fb6b4eb0c50d','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,77866097-ca1e-c969-392a-4d4511e2a09d,75ab44ec-718e-bfb7-7a5a-ce33e3dec047','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,77d697ab-4e60-2f62-7e2a-8e5588a504e1,82399d08-e7d7-5942-b198-500ec323a541','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,82216506-5862-7a4e-3c21-b9b2b03d92ff,5c86c73a-7d6d-bdf8-97b9-28bb60784580','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,8c6d2f63-d74c-7b17-5436-69cd93be04af,d3a08352-7ead-1a1f-596c-5dddb0d71594','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,8df12fd0-aa84-4195-dbe4-438282aff754,90c5c593-6a55-081e-5a82-12e1aa8bfea8','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,a38d0bc0-2dbd-a893-084a-4090796afff4,baaac0f7-d767-bb4a-c629-8421f8183875','FULL','','{}');
INSERT INTO "coverage" VALUES(1,9,'verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b','FULL','','{}');
CREATE TABLE cursor (
	tenant_id BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_cursor PRIMARY KEY (tenant_id, name)
);
INSERT INTO "cursor" VALUES(1,'sign-ins',1795428000000000);
INSERT INTO "cursor" VALUES(1,'rule:leaver-signed-in:849fc97932fb16c36862527fdbdd6941',2777);
INSERT INTO "cursor" VALUES(1,'rule:password-spray:f55527a034b31455c196feb0ac0a89e9',2777);
INSERT INTO "cursor" VALUES(1,'rule:many-failed-sign-ins:98626410496d1dd8ac4ad283d3916282',2777);
INSERT INTO "cursor" VALUES(1,'rule:many-failed-sign-ins-at-school:da7df9ada95b81c5c381bb182e4f9938',2777);
CREATE TABLE evaluation (
	tenant_id BIGINT NOT NULL, 
	evaluation_id BIGINT NOT NULL, 
	rule VARCHAR NOT NULL, 
	rule_hash VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	outcome VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	findings INTEGER NOT NULL, 
	accepted INTEGER NOT NULL, 
	undetermined INTEGER NOT NULL, 
	data_as_of BIGINT, 
	CONSTRAINT pk_evaluation PRIMARY KEY (tenant_id, evaluation_id)
);
INSERT INTO "evaluation" VALUES(1,1,'leaver-signed-in','a5c2ac68d94a9952be7510f68c4ab0f8decc86ae936a6df3ece4f825fde34b3e',1795428000000000,'finding','',4,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,2,'account-without-mfa','5a09ed8790975941560ce1c4ac4cfa824a15b9ff8c499b982510ed89787be60e',1795428000000000,'finding','',6,0,1,1795428000000000);
INSERT INTO "evaluation" VALUES(1,3,'leaver-still-active','9db7604c352517d28cd5dfe8d1025ae06766b16fcd6eebad966b51170e7989c0',1795428000000000,'finding','',5,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,4,'password-spray','9e762c10785fcfc9a764e7afc92cc8ffc127852221a3bdbdbd4bbd4878fd5cc3',1795428000000000,'finding','',4,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,5,'pupil-reaches-staff-area','e2a3fbdd75ceb29401d29e1a7da8c72bc1ccb3cd8aa790b52ee6cb16c475cbbb',1795428000000000,'finding','',21,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,6,'many-failed-sign-ins','521e46298919cd424474e9f432cd8b9809baeaba984f32ce7bce19a085d6b5d3',1795428000000000,'finding','',8,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,7,'stale-device','8bc1ba8b3923615fd1fb25c952fe9203709c35862a7d5427f0cc8be80a8b7971',1795428000000000,'finding','',6,0,0,1795428000000000);
INSERT INTO "evaluation" VALUES(1,8,'many-failed-sign-ins-at-school','dfa263763f2e069c5bf3d3f4869e2f3445899b96d4262db529870b58f3ae9f38',1795428000000000,'finding','',3,0,0,1795428000000000);
CREATE TABLE exception (
	tenant_id BIGINT NOT NULL, 
	exception_id BIGINT NOT NULL, 
	rule VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	object VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	approved_by VARCHAR NOT NULL, 
	from_at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_exception PRIMARY KEY (tenant_id, exception_id)
);
CREATE TABLE finding (
	tenant_id BIGINT NOT NULL, 
	finding_id BIGINT NOT NULL, 
	rule VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	object VARCHAR NOT NULL, 
	window_start BIGINT, 
	window_end BIGINT, 
	level VARCHAR NOT NULL, 
	count INTEGER NOT NULL, 
	evidence JSON NOT NULL, 
	accepted BOOLEAN NOT NULL, 
	first_seen BIGINT NOT NULL, 
	last_seen BIGINT NOT NULL, 
	gone_at BIGINT, 
	CONSTRAINT pk_finding PRIMARY KEY (tenant_id, finding_id)
);
INSERT INTO "finding" VALUES(1,1,'leaver-signed-in','4fffed8e-70dd-e8ef-3e85-aae583c76f00','',1795054320000000,1795054320000000,'critical',1,'{"name": "Vera de Verzonnene", "upn": "vera.deverzonnene@verzonnenwaaier.example", "employed_until": "2026-11-03T23:00:00+00:00", "count": 1, "window_end": "2026-11-19T02:12:00+00:00", "app": "Office 365 Exchange Online"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,2,'leaver-signed-in','88f73a80-3bb1-a72e-2c05-29cb32e332d3','',1795202100000000,1795202100000000,'critical',1,'{"name": "Eva Schimmenspel", "upn": "eva.schimmenspel@verzonnenwaaier.example", "employed_until": "2026-11-19T23:00:00+00:00", "count": 1, "window_end": "2026-11-20T19:15:00+00:00", "app": "Office 365 Exchange Online"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,3,'leaver-signed-in','98f65e28-cc94-002a-d1d4-070ce45839ae','',1794996300000000,1794996300000000,'critical',1,'{"name": "Yara Luchtkasteel", "upn": "yara.luchtkasteel@verzonnenwaaier.example", "employed_until": "2026-11-17T23:00:00+00:00", "count": 1, "window_end": "2026-11-18T10:05:00+00:00", "app": "OfficeHome"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,4,'leaver-signed-in','ddbb27a7-bc52-e5a1-e61a-192a50350c3f','',1795216200000000,1795216200000000,'critical',1,'{"name": "Gijs Wolkenridder", "upn": "gijs.wolkenridder@verzonnenwaaier.example", "employed_until": "2026-11-20T23:00:00+00:00", "count": 1, "window_end": "2026-11-20T23:10:00+00:00", "app": "Office 365 SharePoint Online"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,5,'account-without-mfa','11b3b6f6-1c4f-be96-0806-0be3efef8ed8','',0,NULL,'high',1,'{"name": "Vince van Eikenlucht", "upn": "vince.vaneikenlucht@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,6,'account-without-mfa','76d91a4c-4959-8554-b229-478b7ad42290','',0,NULL,'high',1,'{"name": "Oda Kwinkslag", "upn": "oda.kwinkslag@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,7,'account-without-mfa','941ef19f-cf50-ae29-dba8-7f08194d54b0','',0,NULL,'high',1,'{"name": "Thijs Knikkerzak", "upn": "thijs.knikkerzak@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,8,'account-without-mfa','97ee449b-1391-7200-b670-2c54f93cbdd2','',0,NULL,'high',1,'{"name": "\"><img src=x onerror=alert(1)>", "upn": "saar.sprookjesman@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,9,'account-without-mfa','bfd82597-cc5a-f5f5-d34a-003057d2e3a8','',0,NULL,'high',1,'{"name": "Oda Kartonsma", "upn": "oda.kartonsma@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,10,'account-without-mfa','c9d68549-0065-e7fa-6ffb-deb4047d0356','',0,NULL,'high',1,'{"name": "Eva van Inktvlek", "upn": "eva.vaninktvlek@verzonnenwaaier.example"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,11,'leaver-still-active','28eba843-047c-5207-e97c-5e556e14cbfa','',0,NULL,'high',1,'{"name": "Ukke Bordkarton", "upn": "ukke.bordkarton@verzonnenwaaier.example", "employed_until": "2026-10-23T22:00:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,12,'leaver-still-active','4fffed8e-70dd-e8ef-3e85-aae583c76f00','',0,NULL,'high',1,'{"name": "Vera de Verzonnene", "upn": "vera.deverzonnene@verzonnenwaaier.example", "employed_until": "2026-11-03T23:00:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,13,'leaver-still-active','796fad05-64ce-d1f2-d6d6-05566e716d8f','',0,NULL,'high',1,'{"name": "Saar Sprookjesman", "upn": "saar.sprookjesman2@verzonnenwaaier.example", "employed_until": "2026-11-22T23:00:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,14,'leaver-still-active','941ef19f-cf50-ae29-dba8-7f08194d54b0','',0,NULL,'high',1,'{"name": "Thijs Knikkerzak", "upn": "thijs.knikkerzak@verzonnenwaaier.example", "employed_until": "2026-11-11T23:00:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,15,'leaver-still-active','e4323a77-fcd1-fb88-b2a9-0a6735646e49','',0,NULL,'high',1,'{"name": "Saar Schijnman", "upn": "saar.schijnman@verzonnenwaaier.example", "employed_until": "2026-11-14T23:00:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,16,'password-spray','198.18.23.30','',1794920420000000,1794923960000000,'high',8,'{"ip_address": "198.18.23.30", "country": "AQ", "count": 8, "window_start": "2026-11-17T13:00:20+00:00", "window_end": "2026-11-17T13:59:20+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,17,'password-spray','198.18.24.31','',1795358100000000,1795361000000000,'high',9,'{"ip_address": "198.18.24.31", "country": "AQ", "count": 9, "window_start": "2026-11-22T14:35:00+00:00", "window_end": "2026-11-22T15:23:20+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,18,'password-spray','198.18.25.32','',1795210860000000,1795213860000000,'high',25,'{"ip_address": "198.18.25.32", "country": "AQ", "count": 25, "window_start": "2026-11-20T21:41:00+00:00", "window_end": "2026-11-20T22:31:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,19,'password-spray','2001:db8:bad::1a','',1795128000000000,1795130400000000,'high',12,'{"ip_address": "2001:db8:bad::1a", "country": "AQ", "count": 12, "window_start": "2026-11-19T22:40:00+00:00", "window_end": "2026-11-19T23:20:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,20,'pupil-reaches-staff-area','19e6eada-58d2-4a76-9141-156f3fe33934','verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b',0,NULL,'high',1,'{"name": "Xandra Sprookjesman", "resource_name": "KIK Administratie", "resource_kind": "site", "via": "KIK Leerlingenraad"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,21,'pupil-reaches-staff-area','1bc7adb9-cb72-9d4e-ff66-66eb1ecf7f96','ca914327-7ad8-1621-4cb5-d2abbcb1ddbb',0,NULL,'high',1,'{"name": "Aylin van Doenalsof", "resource_name": "KIK <svg onload=alert(2)> Personeel", "resource_kind": "group", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,22,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','0fecd214-a573-504f-5121-1642bd6bb14b',0,NULL,'high',1,'{"name": "Kees van der Waan", "resource_name": "PAP Personeel", "resource_kind": "group", "via": "PAP Rekenmaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,23,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','a7ca475f-4d52-6b26-2a1f-9f4c4317d3c8',0,NULL,'high',1,'{"name": "Kees van der Waan", "resource_name": "PAP Leerkrachten bovenbouw", "resource_kind": "group", "via": "PAP Rekenmaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,24,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','e8b23d2b-f380-d658-bb44-fb6eae098b7d',0,NULL,'high',1,'{"name": "Kees van der Waan", "resource_name": "PAP Leerkrachten", "resource_kind": "group", "via": "PAP Rekenmaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,25,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','verzonnenwaaier.sharepoint.example,2238074f-7e83-fa63-68b1-f177304a2717,b4995d60-ded8-8362-d633-2003f3e25bbe',0,NULL,'high',1,'{"name": "Kees van der Waan", "resource_name": "PAP Leerkrachten", "resource_kind": "site", "via": "PAP Rekenmaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,26,'pupil-reaches-staff-area','2893edda-c59e-4530-7854-6efb708962e4','verzonnenwaaier.sharepoint.example,b394aff4-62ea-02ff-8afa-080be720e7fa,3310fb1b-4569-e69c-1522-086e64a85b2c',0,NULL,'high',1,'{"name": "Kees van der Waan", "resource_name": "PAP Personeel", "resource_kind": "site", "via": "PAP Rekenmaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,27,'pupil-reaches-staff-area','3bdf6b5f-b56a-019c-65a9-09e2bb1b0257','verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b',0,NULL,'high',1,'{"name": "Vera van Doenalsof", "resource_name": "KIK Administratie", "resource_kind": "site", "via": "KIK Leerlingenraad"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,28,'pupil-reaches-staff-area','4c9f1c39-b999-72f9-b099-cdf763dbf6d7','verzonnenwaaier.sharepoint.example,dcf27cdb-ffb4-526b-58ac-e5fa67d303a8,7e00fa4b-9a10-ee4a-8e68-401517ed20c3',0,NULL,'high',1,'{"name": "Jip Knikkerzak", "resource_name": "VLI Zorgteam", "resource_kind": "site", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,29,'pupil-reaches-staff-area','50a06e6b-c697-2b20-f570-5b942592211d','fecf0129-3f76-ce99-f50c-e00e98923c29',0,NULL,'high',1,'{"name": "Fenna ter Verbeelding", "resource_name": "VLI Personeel", "resource_kind": "group", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,30,'pupil-reaches-staff-area','50a06e6b-c697-2b20-f570-5b942592211d','verzonnenwaaier.sharepoint.example,5877da32-9d7e-6684-564c-d5294146c798,f2db1a92-e115-467e-20cf-265174a543a0',0,NULL,'high',1,'{"name": "Fenna ter Verbeelding", "resource_name": "VLI Personeel", "resource_kind": "site", "via": "VLI Personeel"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,31,'pupil-reaches-staff-area','5c2ef3de-2648-3f94-c2a1-4b4f7b0a65f0','verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b',0,NULL,'high',1,'{"name": "Niek Wolkenridder", "resource_name": "KIK Administratie", "resource_kind": "site", "via": "KIK Leerlingenraad"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,32,'pupil-reaches-staff-area','5ed0279c-be0d-1e9d-c1dd-0306b9c274a6','0fecd214-a573-504f-5121-1642bd6bb14b',0,NULL,'high',1,'{"name": "Chris van Nergenshuizen", "resource_name": "PAP Personeel", "resource_kind": "group", "via": "PAP Stagemaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,33,'pupil-reaches-staff-area','5ed0279c-be0d-1e9d-c1dd-0306b9c274a6','e8b23d2b-f380-d658-bb44-fb6eae098b7d',0,NULL,'high',1,'{"name": "Chris van Nergenshuizen", "resource_name": "PAP Leerkrachten", "resource_kind": "group", "via": "PAP Stagemaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,34,'pupil-reaches-staff-area','5ed0279c-be0d-1e9d-c1dd-0306b9c274a6','verzonnenwaaier.sharepoint.example,2238074f-7e83-fa63-68b1-f177304a2717,b4995d60-ded8-8362-d633-2003f3e25bbe',0,NULL,'high',1,'{"name": "Chris van Nergenshuizen", "resource_name": "PAP Leerkrachten", "resource_kind": "site", "via": "PAP Stagemaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,35,'pupil-reaches-staff-area','5ed0279c-be0d-1e9d-c1dd-0306b9c274a6','verzonnenwaaier.sharepoint.example,b394aff4-62ea-02ff-8afa-080be720e7fa,3310fb1b-4569-e69c-1522-086e64a85b2c',0,NULL,'high',1,'{"name": "Chris van Nergenshuizen", "resource_name": "PAP Personeel", "resource_kind": "site", "via": "PAP Stagemaatjes"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,36,'pupil-reaches-staff-area','71bfcb2d-81f5-1bbc-8917-40e3845c37ea','verzonnenwaaier.sharepoint.example,3ac941b3-e3e8-36c2-8be4-111519b7e120,56c79c38-3db1-f590-b86d-de4539a169e1',0,NULL,'high',1,'{"name": "Roos van Eikenlucht", "resource_name": "PAP Directie", "resource_kind": "site", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,37,'pupil-reaches-staff-area','96c8a4a0-9eff-241d-5c11-ae2a2f50633b','verzonnenwaaier.sharepoint.example,ad1a59d4-c1b0-f49f-73ba-a899fdb2c4c9,42d1561b-f365-9f27-7647-600db01b135b',0,NULL,'high',1,'{"name": "Dewi van der Waan", "resource_name": "KIK Administratie", "resource_kind": "site", "via": "KIK Leerlingenraad"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,38,'pupil-reaches-staff-area','9c5124ac-651a-1997-6b77-a73d0729ae7c','611499da-7546-9985-d8f9-cc36a391600e',0,NULL,'high',1,'{"name": "Noor Sprookjesman", "resource_name": "PAP Zorgteam", "resource_kind": "group", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,39,'pupil-reaches-staff-area','9c5124ac-651a-1997-6b77-a73d0729ae7c','verzonnenwaaier.sharepoint.example,ce62e345-1f59-e3cf-0bba-0646381b651d,19f64c2c-4f16-9840-da09-4ae92de6a715',0,NULL,'high',1,'{"name": "Noor Sprookjesman", "resource_name": "PAP Zorgteam", "resource_kind": "site", "via": "PAP Zorgteam"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,40,'pupil-reaches-staff-area','bef79002-c7b2-af22-3a5c-3674b8f98a9f','verzonnenwaaier.sharepoint.example,77866097-ca1e-c969-392a-4d4511e2a09d,75ab44ec-718e-bfb7-7a5a-ce33e3dec047',0,NULL,'high',1,'{"name": "Pleun Sprookjesman", "resource_name": "KIK Leerkrachten", "resource_kind": "site", "via": "rechtstreeks"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,41,'many-failed-sign-ins','2ec21d17-b980-cc6d-7515-3b1e1ea1f3da','',1795292100000000,1795292600000000,'medium',14,'{"upn": "rayan2@samenwerking2.example", "count": 14, "window_start": "2026-11-21T20:15:00+00:00", "window_end": "2026-11-21T20:23:20+00:00", "ip_address": "198.18.19.26"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,42,'many-failed-sign-ins','831d582c-ffd4-c96a-2b82-a017e87d2e83','',1795339860000000,1795340759000000,'medium',10,'{"upn": "dewi.hersenspinsel@verzonnenwaaier.example", "count": 10, "window_start": "2026-11-22T09:31:00+00:00", "window_end": "2026-11-22T09:45:59+00:00", "ip_address": "198.18.1.8"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,43,'many-failed-sign-ins','b64ce96a-0ca6-cc4a-64d6-1b9e82b28433','',1795046040000000,1795046760000000,'medium',12,'{"upn": "noor.defantasie@verzonnenwaaier.example", "count": 12, "window_start": "2026-11-18T23:54:00+00:00", "window_end": "2026-11-19T00:06:00+00:00", "ip_address": "198.18.4.11"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,44,'many-failed-sign-ins','bead9319-062f-ae8a-d775-331bcd66fe31','',1794972000000000,1794972600000000,'medium',12,'{"upn": "sem.kwinkslag@verzonnenwaaier.example", "count": 12, "window_start": "2026-11-18T03:20:00+00:00", "window_end": "2026-11-18T03:30:00+00:00", "ip_address": "198.18.16.23"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,45,'many-failed-sign-ins','c379ad60-8f4f-6e25-a3a8-94a677104474','',1795262970000000,1795263630000000,'medium',10,'{"upn": "400102@leerling.verzonnenwaaier.example", "count": 10, "window_start": "2026-11-21T12:09:30+00:00", "window_end": "2026-11-21T12:20:30+00:00", "ip_address": "198.18.2.9"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,46,'many-failed-sign-ins','cd780334-cc04-6f01-cb83-249382230a64','',1795200850000000,1795201550000000,'medium',11,'{"upn": "esmee.defantasie@verzonnenwaaier.example", "count": 11, "window_start": "2026-11-20T18:54:10+00:00", "window_end": "2026-11-20T19:05:50+00:00", "ip_address": "198.18.3.10"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,47,'many-failed-sign-ins','e12aff8d-cf9b-4ec3-7a51-64b11f87f028','',1794930000000000,1794930380000000,'medium',12,'{"upn": "400396@leerling.verzonnenwaaier.example", "count": 12, "window_start": "2026-11-17T15:40:00+00:00", "window_end": "2026-11-17T15:46:20+00:00", "ip_address": "198.18.17.24"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,48,'many-failed-sign-ins','fa9290ad-861d-e94f-5e37-58c9c6bb3071','',1795306020000000,1795311420000000,'medium',90,'{"upn": "roos.knikkerzak@verzonnenwaaier.example", "count": 90, "window_start": "2026-11-22T00:07:00+00:00", "window_end": "2026-11-22T01:37:00+00:00", "ip_address": "198.18.18.25"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,49,'stale-device','4626f8aa-2869-3b03-5a0b-2c494da6d33c','',0,NULL,'medium',1,'{"name": "KIK-LT-0144", "model": "Verzonnenbook 14", "serial": "VRZ000144", "last_sync_days": 60}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,50,'stale-device','612bd2aa-c023-fd24-a524-f1b7772e5885','',0,NULL,'medium',1,'{"name": "KIK-LT-0145", "model": "Verzonnenbook 14", "serial": "VRZ000145", "last_sync_days": 95}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,51,'stale-device','6fafe9fc-277f-e3be-a18d-85e86b1bad91','',0,NULL,'medium',1,'{"name": "KIK-LT-0143", "model": "Verzonnenbook 14", "serial": "VRZ000143", "last_sync_days": 75}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,52,'stale-device','7727e1e8-2860-2947-0196-5646d3465a29','',0,NULL,'medium',1,'{"name": "KIK-LT-0142", "model": "Verzonnenbook 14", "serial": "VRZ000142", "last_sync_days": 31}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,53,'stale-device','afef4920-3cf0-1aac-6010-e17ee989f945','',0,NULL,'medium',1,'{"name": "KIK-LT-0141", "model": "Verzonnenbook 14", "serial": "VRZ000141", "last_sync_days": 212}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,54,'stale-device','efc229fb-bcac-efc5-73dd-f8092eab6c68','',0,NULL,'medium',1,'{"name": "KIK-LT-0140", "model": "Verzonnenbook 14", "serial": "VRZ000140", "last_sync_days": 30}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,55,'many-failed-sign-ins-at-school','0a258687-6026-dbb7-8d1a-d519a12833d7','',1795176600000000,1795179000000000,'low',70,'{"upn": "400251@leerling.verzonnenwaaier.example", "count": 70, "window_start": "2026-11-20T12:10:00+00:00", "window_end": "2026-11-20T12:50:00+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,56,'many-failed-sign-ins-at-school','1b63b929-c6b3-a4e3-4b0f-a3b4a4365b8b','',1795338960000000,1795339859000000,'low',20,'{"upn": "400420@leerling.verzonnenwaaier.example", "count": 20, "window_start": "2026-11-22T09:16:00+00:00", "window_end": "2026-11-22T09:30:59+00:00"}',0,1795428000000000,1795428000000000,NULL);
INSERT INTO "finding" VALUES(1,57,'many-failed-sign-ins-at-school','5f642985-2083-76ad-c4c3-6d640dcb34e6','',1795254780000000,1795255580000000,'low',24,'{"upn": "400118@leerling.verzonnenwaaier.example", "count": 24, "window_start": "2026-11-21T09:53:00+00:00", "window_end": "2026-11-21T10:06:20+00:00"}',0,1795428000000000,1795428000000000,NULL);
CREATE TABLE outbox (
	tenant_id BIGINT NOT NULL, 
	mail_id BIGINT NOT NULL, 
	message_id TEXT NOT NULL, 
	kind VARCHAR NOT NULL, 
	recipients JSON NOT NULL, 
	subject TEXT NOT NULL, 
	text TEXT NOT NULL, 
	html TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	tries INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	try_after BIGINT, 
	sent_at BIGINT, 
	error VARCHAR NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (tenant_id, mail_id)
);
INSERT INTO "outbox" VALUES(1,1,'<1-1.3406be8f580200b3@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Kritiek: Na vertrek nog ingelogd: 4 medewerker(s) (4 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

KRITIEK: Na vertrek nog ingelogd: 4 medewerker(s)
4 nieuw

WAT U MOET DOEN
  Blokkeer het account nu, trek alle sessies in en meld het bij de privacy
  officer.

NIEUW (4)
  #1  Vera de Verzonnene (vera.deverzonnene@verzonnenwaaier.example) is uit
      dienst sinds 4 november 2026 en logde 1 keer in, het laatst op 19
      november 2026 03:12 bij Office 365 Exchange Online.
  #2  Eva Schimmenspel (eva.schimmenspel@verzonnenwaaier.example) is uit
      dienst sinds 20 november 2026 en logde 1 keer in, het laatst op 20
      november 2026 20:15 bij Office 365 Exchange Online.
  #3  Yara Luchtkasteel (yara.luchtkasteel@verzonnenwaaier.example) is uit
      dienst sinds 18 november 2026 en logde 1 keer in, het laatst op 18
      november 2026 11:05 bij OfficeHome.
  #4  Gijs Wolkenridder (gijs.wolkenridder@verzonnenwaaier.example) is uit
      dienst sinds 21 november 2026 en logde 1 keer in, het laatst op 21
      november 2026 00:10 bij Office 365 SharePoint Online.

----
Normenkader IBP: GB.01 Datalekken detectie, classificatie en afhandeling;
ID.02 Administratie van toegangsrechten; SM.04 Logging systeemactiviteiten.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Kritiek: Na vertrek nog ingelogd: 4 medewerker(s) (4 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-critical" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #8f1d2c;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-critical" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #8f1d2c;">Kritiek</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">Na vertrek nog ingelogd: 4 medewerker(s)</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">4 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Blokkeer het account nu, trek alle sessies in en meld het bij de privacy officer.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">4</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#1</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vera de Verzonnene (vera.deverzonnene@<wbr>verzonnenwaaier.example) is uit dienst sinds 4 november 2026 en logde 1 keer in, het laatst op 19 november 2026 03:12 bij Office 365 Exchange Online.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#2</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Eva Schimmenspel (eva.schimmenspel@<wbr>verzonnenwaaier.example) is uit dienst sinds 20 november 2026 en logde 1 keer in, het laatst op 20 november 2026 20:15 bij Office 365 Exchange Online.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#3</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Yara Luchtkasteel (yara.luchtkasteel@<wbr>verzonnenwaaier.example) is uit dienst sinds 18 november 2026 en logde 1 keer in, het laatst op 18 november 2026 11:05 bij OfficeHome.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#4</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Gijs Wolkenridder (gijs.wolkenridder@<wbr>verzonnenwaaier.example) is uit dienst sinds 21 november 2026 en logde 1 keer in, het laatst op 21 november 2026 00:10 bij Office 365 SharePoint Online.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
GB.01 Datalekken detectie, classificatie en afhandeling<br>
ID.02 Administratie van toegangsrechten<br>
SM.04 Logging systeemactiviteiten
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,2,'<1-2.187a3bad699b1715@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Hoog: 6 account(s) van medewerkers zonder MFA (6 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

HOOG: 6 account(s) van medewerkers zonder MFA
6 nieuw

WAT U MOET DOEN
  Laat vandaag MFA instellen; help als dat niet lukt.

NIEUW (6)
  #5  Vince van Eikenlucht (vince.vaneikenlucht@verzonnenwaaier.example) kan
      niet in twee stappen inloggen.
  #6  Oda Kwinkslag (oda.kwinkslag@verzonnenwaaier.example) kan niet in twee
      stappen inloggen.
  #7  Thijs Knikkerzak (thijs.knikkerzak@verzonnenwaaier.example) kan niet
      in twee stappen inloggen.
  #8  "><img src=x onerror=alert(1)>
      (saar.sprookjesman@verzonnenwaaier.example) kan niet in twee stappen
      inloggen.
  #9  Oda Kartonsma (oda.kartonsma@verzonnenwaaier.example) kan niet in twee
      stappen inloggen.
  #10  Eva van Inktvlek (eva.vaninktvlek@verzonnenwaaier.example) kan niet
      in twee stappen inloggen.

----
Normenkader IBP: SM.01 Beveiligingsbaselines; SM.02
Authenticatiemechanismes.
Gebaseerd op gegevens tot 23 november 2026 11:00.
Over 1 is niets te zeggen: de gegevens laten dat open.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Hoog: 6 account(s) van medewerkers zonder MFA (6 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-high" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #b3402a;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-high" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #b3402a;">Hoog</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">6 account(s) van medewerkers zonder MFA</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">6 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Laat vandaag MFA instellen; help als dat niet lukt.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">6</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#5</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vince van Eikenlucht (vince.vaneikenlucht@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#6</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Oda Kwinkslag (oda.kwinkslag@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#7</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Thijs Knikkerzak (thijs.knikkerzak@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#8</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">"&gt;&lt;img src=x onerror=alert(1)&gt; (saar.sprookjesman@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#9</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Oda Kartonsma (oda.kartonsma@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#10</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Eva van Inktvlek (eva.vaninktvlek@<wbr>verzonnenwaaier.example) kan niet in twee stappen inloggen.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
SM.01 Beveiligingsbaselines<br>
SM.02 Authenticatiemechanismes
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
Over 1 is niets te zeggen: de gegevens laten dat open.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,3,'<1-3.d1f1823a17ed1bbe@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Hoog: 5 account(s) van vertrokken medewerkers nog aan (5 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

HOOG: 5 account(s) van vertrokken medewerkers nog aan
5 nieuw

WAT U MOET DOEN
  Blokkeer het account vandaag, of laat de personeelslijst verbeteren als de
  medewerker er nog werkt.

NIEUW (5)
  #11  Ukke Bordkarton (ukke.bordkarton@verzonnenwaaier.example) is uit
      dienst sinds 24 oktober 2026; het account staat nog aan.
  #12  Vera de Verzonnene (vera.deverzonnene@verzonnenwaaier.example) is uit
      dienst sinds 4 november 2026; het account staat nog aan.
  #13  Saar Sprookjesman (saar.sprookjesman2@verzonnenwaaier.example) is uit
      dienst sinds 23 november 2026; het account staat nog aan.
  #14  Thijs Knikkerzak (thijs.knikkerzak@verzonnenwaaier.example) is uit
      dienst sinds 12 november 2026; het account staat nog aan.
  #15  Saar Schijnman (saar.schijnman@verzonnenwaaier.example) is uit dienst
      sinds 15 november 2026; het account staat nog aan.

----
Normenkader IBP: ID.01 Toegangsrechten toewijzen; ID.02 Administratie van
toegangsrechten; SM.02 Authenticatiemechanismes.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Hoog: 5 account(s) van vertrokken medewerkers nog aan (5 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-high" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #b3402a;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-high" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #b3402a;">Hoog</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">5 account(s) van vertrokken medewerkers nog aan</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">5 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Blokkeer het account vandaag, of laat de personeelslijst verbeteren als de medewerker er nog werkt.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">5</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#11</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Ukke Bordkarton (ukke.bordkarton@<wbr>verzonnenwaaier.example) is uit dienst sinds 24 oktober 2026; het account staat nog aan.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#12</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vera de Verzonnene (vera.deverzonnene@<wbr>verzonnenwaaier.example) is uit dienst sinds 4 november 2026; het account staat nog aan.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#13</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Saar Sprookjesman (saar.sprookjesman2@<wbr>verzonnenwaaier.example) is uit dienst sinds 23 november 2026; het account staat nog aan.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#14</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Thijs Knikkerzak (thijs.knikkerzak@<wbr>verzonnenwaaier.example) is uit dienst sinds 12 november 2026; het account staat nog aan.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#15</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Saar Schijnman (saar.schijnman@<wbr>verzonnenwaaier.example) is uit dienst sinds 15 november 2026; het account staat nog aan.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
ID.01 Toegangsrechten toewijzen<br>
ID.02 Administratie van toegangsrechten<br>
SM.02 Authenticatiemechanismes
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,4,'<1-4.76efa6544bbae861@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Hoog: Vanaf 4 adres(sen) zijn veel accounts geprobeerd (4 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

HOOG: Vanaf 4 adres(sen) zijn veel accounts geprobeerd
4 nieuw

WAT U MOET DOEN
  Kijk of er vanaf dit adres ook is ingelogd; zo ja, wijzig die wachtwoorden
  nu.

NIEUW (4)
  #16  Vanaf 198.18.23.30 (AQ) zijn 8 accounts geprobeerd van 17 november
      2026 14:00 tot 17 november 2026 14:59.
  #17  Vanaf 198.18.24.31 (AQ) zijn 9 accounts geprobeerd van 22 november
      2026 15:35 tot 22 november 2026 16:23.
  #18  Vanaf 198.18.25.32 (AQ) zijn 25 accounts geprobeerd van 20 november
      2026 22:41 tot 20 november 2026 23:31.
  #19  Vanaf 2001:db8:bad::1a (AQ) zijn 12 accounts geprobeerd van 19
      november 2026 23:40 tot 20 november 2026 00:20.

----
Normenkader IBP: SM.02 Authenticatiemechanismes; SM.04 Logging
systeemactiviteiten; SM.13 Bescherming van beveiligingstechnologie.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Hoog: Vanaf 4 adres(sen) zijn veel accounts geprobeerd (4 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-high" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #b3402a;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-high" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #b3402a;">Hoog</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">Vanaf 4 adres(sen) zijn veel accounts geprobeerd</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">4 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Kijk of er vanaf dit adres ook is ingelogd; zo ja, wijzig die wachtwoorden nu.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">4</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#16</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vanaf 198.18.23.30 (AQ) zijn 8 accounts geprobeerd van 17 november 2026 14:00 tot 17 november 2026 14:59.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#17</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vanaf 198.18.24.31 (AQ) zijn 9 accounts geprobeerd van 22 november 2026 15:35 tot 22 november 2026 16:23.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#18</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vanaf 198.18.25.32 (AQ) zijn 25 accounts geprobeerd van 20 november 2026 22:41 tot 20 november 2026 23:31.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#19</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vanaf 2001:db8:bad::1a (AQ) zijn 12 accounts geprobeerd van 19 november 2026 23:40 tot 20 november 2026 00:20.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
SM.02 Authenticatiemechanismes<br>
SM.04 Logging systeemactiviteiten<br>
SM.13 Bescherming van beveiligingstechnologie
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,5,'<1-5.3071799ac252ded7@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Hoog: 12 leerling(en) met toegang tot een omgeving van het personeel (12 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

HOOG: 12 leerling(en) met toegang tot een omgeving van het personeel
12 nieuw

WAT U MOET DOEN
  Haal de leerling uit de groep of neem het recht op de site weg; is dit de
  bedoeling, geef de omgeving dan op als gedeeld.

NIEUW (12)
  #20  leerling-LMCHZC3 (Basisschool De Glazen Kikker) kan bij KIK
      Administratie (site); via: KIK Leerlingenraad.
  #21  leerling-DG6MJHQ (Basisschool De Glazen Kikker) kan bij KIK <svg
      onload=alert(2)> Personeel (groep); via: rechtstreeks.
  #22  leerling-N7C7MZZ (Basisschool De Papieren Boot) kan bij PAP Personeel
      (site); via: PAP Rekenmaatjes. (en nog 4)
  #23  leerling-NJC72PA (Basisschool De Glazen Kikker) kan bij KIK
      Administratie (site); via: KIK Leerlingenraad.
  #24  leerling-HK4M36C (Basisschool De Verzonnen Vlieger) kan bij VLI
      Zorgteam (site); via: rechtstreeks.
  #25  leerling-CRQEWPJ (Basisschool De Papieren Boot) kan bij VLI Personeel
      (site); via: VLI Personeel. (en nog 1)
  #26  leerling-DY92T4V (Basisschool De Glazen Kikker) kan bij KIK
      Administratie (site); via: KIK Leerlingenraad.
  #27  leerling-YMKPXZ6 (Basisschool De Papieren Boot) kan bij PAP Personeel
      (site); via: PAP Stagemaatjes. (en nog 3)
  #28  leerling-WA6HKZN (Basisschool De Papieren Boot) kan bij PAP Directie
      (site); via: rechtstreeks.
  #29  leerling-PZUHWYW (Basisschool De Glazen Kikker) kan bij KIK
      Administratie (site); via: KIK Leerlingenraad.
  #30  leerling-FE676VH (Basisschool De Papieren Boot) kan bij PAP Zorgteam
      (site); via: PAP Zorgteam. (en nog 1)
  #31  leerling-2TK2ET4 (Basisschool De Glazen Kikker) kan bij KIK
      Leerkrachten (site); via: rechtstreeks.

----
Normenkader IBP: GB.03 Beveiliging persoonsgegevens; ID.01 Toegangsrechten
toewijzen.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Hoog: 12 leerling(en) met toegang tot een omgeving van het personeel (12 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-high" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #b3402a;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-high" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #b3402a;">Hoog</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">12 leerling(en) met toegang tot een omgeving van het personeel</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">12 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Haal de leerling uit de groep of neem het recht op de site weg; is dit de bedoeling, geef de omgeving dan op als gedeeld.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">12</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#20</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-LMCHZC3 (Basisschool De Glazen Kikker) kan bij KIK Administratie (site); via: KIK Leerlingenraad.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#21</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-DG6MJHQ (Basisschool De Glazen Kikker) kan bij KIK &lt;svg onload=alert(2)&gt; Personeel (groep); via: rechtstreeks.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#22</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-N7C7MZZ (Basisschool De Papieren Boot) kan bij PAP Personeel (site); via: PAP Rekenmaatjes. (en nog 4)</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#23</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-NJC72PA (Basisschool De Glazen Kikker) kan bij KIK Administratie (site); via: KIK Leerlingenraad.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#24</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-HK4M36C (Basisschool De Verzonnen Vlieger) kan bij VLI Zorgteam (site); via: rechtstreeks.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#25</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-CRQEWPJ (Basisschool De Papieren Boot) kan bij VLI Personeel (site); via: VLI Personeel. (en nog 1)</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#26</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-DY92T4V (Basisschool De Glazen Kikker) kan bij KIK Administratie (site); via: KIK Leerlingenraad.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#27</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-YMKPXZ6 (Basisschool De Papieren Boot) kan bij PAP Personeel (site); via: PAP Stagemaatjes. (en nog 3)</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#28</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-WA6HKZN (Basisschool De Papieren Boot) kan bij PAP Directie (site); via: rechtstreeks.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#29</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-PZUHWYW (Basisschool De Glazen Kikker) kan bij KIK Administratie (site); via: KIK Leerlingenraad.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#30</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-FE676VH (Basisschool De Papieren Boot) kan bij PAP Zorgteam (site); via: PAP Zorgteam. (en nog 1)</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#31</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-2TK2ET4 (Basisschool De Glazen Kikker) kan bij KIK Leerkrachten (site); via: rechtstreeks.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
GB.03 Beveiliging persoonsgegevens<br>
ID.01 Toegangsrechten toewijzen
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,6,'<1-6.52c189d62111c6e5@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Middel: Op 8 account(s) is vaak een verkeerd wachtwoord gebruikt (8 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

MIDDEL: Op 8 account(s) is vaak een verkeerd wachtwoord gebruikt
8 nieuw

WAT U MOET DOEN
  Vraag de gebruiker of het een vergeten of oud wachtwoord was; zo niet,
  wijzig het wachtwoord en trek de sessies in.

NIEUW (8)
  #32  rayan2@samenwerking2.example: 14 mislukte pogingen van 21 november
      2026 21:15 tot 21 november 2026 21:23, het laatst vanaf 198.18.19.26.
  #33  dewi.hersenspinsel@verzonnenwaaier.example: 10 mislukte pogingen van
      22 november 2026 10:31 tot 22 november 2026 10:45, het laatst vanaf
      198.18.1.8.
  #34  noor.defantasie@verzonnenwaaier.example: 12 mislukte pogingen van 19
      november 2026 00:54 tot 19 november 2026 01:06, het laatst vanaf
      198.18.4.11.
  #35  sem.kwinkslag@verzonnenwaaier.example: 12 mislukte pogingen van 18
      november 2026 04:20 tot 18 november 2026 04:30, het laatst vanaf
      198.18.16.23.
  #36  leerling-JCCM6MN (Basisschool De Glazen Kikker): 10 mislukte pogingen
      van 21 november 2026 13:09 tot 21 november 2026 13:20, het laatst
      vanaf 198.18.2.9.
  #37  esmee.defantasie@verzonnenwaaier.example: 11 mislukte pogingen van 20
      november 2026 19:54 tot 20 november 2026 20:05, het laatst vanaf
      198.18.3.10.
  #38  leerling-76E3A6J (Basisschool De Glazen Kikker): 12 mislukte pogingen
      van 17 november 2026 16:40 tot 17 november 2026 16:46, het laatst
      vanaf 198.18.17.24.
  #39  roos.knikkerzak@verzonnenwaaier.example: 90 mislukte pogingen van 22
      november 2026 01:07 tot 22 november 2026 02:37, het laatst vanaf
      198.18.18.25.

----
Normenkader IBP: SM.02 Authenticatiemechanismes; SM.04 Logging
systeemactiviteiten; SM.13 Bescherming van beveiligingstechnologie.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Middel: Op 8 account(s) is vaak een verkeerd wachtwoord gebruikt (8 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-medium" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #8a6100;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-medium" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #8a6100;">Middel</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">Op 8 account(s) is vaak een verkeerd wachtwoord gebruikt</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">8 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vraag de gebruiker of het een vergeten of oud wachtwoord was; zo niet, wijzig het wachtwoord en trek de sessies in.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">8</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#32</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">rayan2@<wbr>samenwerking2.example: 14 mislukte pogingen van 21 november 2026 21:15 tot 21 november 2026 21:23, het laatst vanaf 198.18.19.26.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#33</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">dewi.hersenspinsel@<wbr>verzonnenwaaier.example: 10 mislukte pogingen van 22 november 2026 10:31 tot 22 november 2026 10:45, het laatst vanaf 198.18.1.8.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#34</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">noor.defantasie@<wbr>verzonnenwaaier.example: 12 mislukte pogingen van 19 november 2026 00:54 tot 19 november 2026 01:06, het laatst vanaf 198.18.4.11.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#35</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">sem.kwinkslag@<wbr>verzonnenwaaier.example: 12 mislukte pogingen van 18 november 2026 04:20 tot 18 november 2026 04:30, het laatst vanaf 198.18.16.23.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#36</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-JCCM6MN (Basisschool De Glazen Kikker): 10 mislukte pogingen van 21 november 2026 13:09 tot 21 november 2026 13:20, het laatst vanaf 198.18.2.9.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#37</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">esmee.defantasie@<wbr>verzonnenwaaier.example: 11 mislukte pogingen van 20 november 2026 19:54 tot 20 november 2026 20:05, het laatst vanaf 198.18.3.10.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#38</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-76E3A6J (Basisschool De Glazen Kikker): 12 mislukte pogingen van 17 november 2026 16:40 tot 17 november 2026 16:46, het laatst vanaf 198.18.17.24.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#39</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">roos.knikkerzak@<wbr>verzonnenwaaier.example: 90 mislukte pogingen van 22 november 2026 01:07 tot 22 november 2026 02:37, het laatst vanaf 198.18.18.25.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
SM.02 Authenticatiemechanismes<br>
SM.04 Logging systeemactiviteiten<br>
SM.13 Bescherming van beveiligingstechnologie
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,7,'<1-7.97c661b31b6e97a6@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Middel: 6 apparaat/apparaten lang niet gezien (6 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

MIDDEL: 6 apparaat/apparaten lang niet gezien
6 nieuw

WAT U MOET DOEN
  Zoek het apparaat op en zet het aan; is het zoek, wis het dan op afstand
  en schrijf het af.

NIEUW (6)
  #40  apparaat VRZ000144 (Verzonnenbook 14, serienummer VRZ000144) heeft
      zich 60 dagen niet gemeld.
  #41  apparaat VRZ000145 (Verzonnenbook 14, serienummer VRZ000145) heeft
      zich 95 dagen niet gemeld.
  #42  apparaat VRZ000143 (Verzonnenbook 14, serienummer VRZ000143) heeft
      zich 75 dagen niet gemeld.
  #43  KIK-LT-0142 (Verzonnenbook 14, serienummer VRZ000142) heeft zich 31
      dagen niet gemeld.
  #44  KIK-LT-0141 (Verzonnenbook 14, serienummer VRZ000141) heeft zich 212
      dagen niet gemeld.
  #45  KIK-LT-0140 (Verzonnenbook 14, serienummer VRZ000140) heeft zich 30
      dagen niet gemeld.

----
Normenkader IBP: SM.03 Mobiele apparaten en telewerken; SM.06
Patchmanagement.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Middel: 6 apparaat/apparaten lang niet gezien (6 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-medium" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #8a6100;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-medium" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #8a6100;">Middel</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">6 apparaat/apparaten lang niet gezien</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">6 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Zoek het apparaat op en zet het aan; is het zoek, wis het dan op afstand en schrijf het af.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">6</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#40</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">apparaat VRZ000144 (Verzonnenbook 14, serienummer VRZ000144) heeft zich 60 dagen niet gemeld.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#41</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">apparaat VRZ000145 (Verzonnenbook 14, serienummer VRZ000145) heeft zich 95 dagen niet gemeld.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#42</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">apparaat VRZ000143 (Verzonnenbook 14, serienummer VRZ000143) heeft zich 75 dagen niet gemeld.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#43</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">KIK-LT-0142 (Verzonnenbook 14, serienummer VRZ000142) heeft zich 31 dagen niet gemeld.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#44</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">KIK-LT-0141 (Verzonnenbook 14, serienummer VRZ000141) heeft zich 212 dagen niet gemeld.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#45</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">KIK-LT-0140 (Verzonnenbook 14, serienummer VRZ000140) heeft zich 30 dagen niet gemeld.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
SM.03 Mobiele apparaten en telewerken<br>
SM.06 Patchmanagement
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
INSERT INTO "outbox" VALUES(1,8,'<1-8.888b5a83825f25a2@verzonnenwaaier.example>','alert','["ict@verzonnenwaaier.example"]','Laag: Op 3 account(s) is op school vaak een verkeerd wachtwoord gebruikt (3 nieuw) - Stichting De Verzonnen Waaier','Stichting De Verzonnen Waaier

LAAG: Op 3 account(s) is op school vaak een verkeerd wachtwoord gebruikt
3 nieuw

WAT U MOET DOEN
  Vraag de leerkracht of iemand het wachtwoord kwijt is en geef zo nodig een
  nieuw wachtwoord.

NIEUW (3)
  #46  leerling-GD64Y44 (Basisschool De Verzonnen Vlieger): 70 mislukte
      pogingen op school van 20 november 2026 13:10 tot 20 november 2026
      13:50.
  #47  leerling-NDZT3U3 (Basisschool De Glazen Kikker): 20 mislukte pogingen
      op school van 22 november 2026 10:16 tot 22 november 2026 10:30.
  #48  leerling-KUNAF2C (Basisschool De Papieren Boot): 24 mislukte pogingen
      op school van 21 november 2026 10:53 tot 21 november 2026 11:06.

----
Normenkader IBP: SM.02 Authenticatiemechanismes; SM.04 Logging
systeemactiviteiten; SM.13 Bescherming van beveiligingstechnologie.
Gebaseerd op gegevens tot 23 november 2026 11:00.

# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als
er iets verandert.
','<!DOCTYPE html><html lang="nl"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>Laag: Op 3 account(s) is op school vaak een verkeerd wachtwoord gebruikt (3 nieuw) - Stichting De Verzonnen Waaier</title>

</head>
<body class="mail" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;padding: 0;font-size: 16px;line-height: 24px;color: #1f2933;background-color: #eef1f4;-webkit-text-size-adjust: 100%;">
<table class="ground" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="background-color: #eef1f4;"><tbody><tr><td class="edge" align="center" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 16px 8px;">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table class="sheet" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="max-width: 600px;margin: 0 auto;text-align: left;background-color: #ffffff;border: 1px solid #d8dee5;border-collapse: separate;">
<tbody><tr><td class="stripe level-low" height="6" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;height: 6px;line-height: 6px;font-size: 6px;background-color: #2f5d8a;">&nbsp;</td></tr>
<tr><td class="head" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 4px 20px;">
<p class="board" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 22px;color: #52606d;">Stichting De Verzonnen Waaier</p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="badge level-low" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 3px 10px;border-radius: 3px;font-size: 16px;line-height: 22px;font-weight: 600;color: #ffffff;background-color: #2f5d8a;">Laag</td></tr></tbody></table>
<h1 style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 12px 0 0 0;font-size: 24px;line-height: 31px;font-weight: 600;color: #17212b;">Op 3 account(s) is op school vaak een verkeerd wachtwoord gebruikt</h1>
<p class="delta" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 6px 0 0 0;font-size: 16px;line-height: 24px;color: #52606d;">3 nieuw</p>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr><td class="action" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 14px 16px;background-color: #f3f6f9;border-left: 4px solid #2f5d8a;">
<h2 class="todo" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;margin: 0 0 4px 0;">Wat u moet doen</h2>
<p class="plain" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0;font-size: 16px;line-height: 24px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">Vraag de leerkracht of iemand het wachtwoord kwijt is en geef zo nodig een nieuw wachtwoord.</p>
</td></tr></tbody></table>
</td></tr>
<tr><td class="part" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 20px 20px 0 20px;">
<h2 class="kind-new" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 8px 0;font-size: 17px;line-height: 24px;font-weight: 600;color: #17212b;">Nieuw <span class="count" style="font-weight: 400;color: #52606d;">3</span></h2>
<table class="lines" role="presentation" border="0" width="100%" cellpadding="0" cellspacing="0" style="border-collapse: collapse;table-layout: fixed;">
<tbody><tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#46</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-GD64Y44 (Basisschool De Verzonnen Vlieger): 70 mislukte pogingen op school van 20 november 2026 13:10 tot 20 november 2026 13:50.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#47</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-NDZT3U3 (Basisschool De Glazen Kikker): 20 mislukte pogingen op school van 22 november 2026 10:16 tot 22 november 2026 10:30.</td></tr>
<tr><td class="number" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;width: 46px;padding: 9px 8px 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #52606d;white-space: nowrap;">#48</td><td class="line" dir="auto" valign="top" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 9px 0;border-top: 1px solid #e4e9ee;font-size: 16px;line-height: 23px;color: #1f2933;word-wrap: break-word;overflow-wrap: break-word;">leerling-KUNAF2C (Basisschool De Papieren Boot): 24 mislukte pogingen op school van 21 november 2026 10:53 tot 21 november 2026 11:06.</td></tr>
</tbody></table>
</td></tr>
<tr><td class="foot" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;padding: 24px 20px 20px 20px;">
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;"><b>Normenkader IBP</b><br>
SM.02 Authenticatiemechanismes<br>
SM.04 Logging systeemactiviteiten<br>
SM.13 Bescherming van beveiligingstechnologie
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
Gebaseerd op gegevens tot 23 november 2026 11:00.
</p>
<p class="small" style="font-family: ''Segoe UI'', Roboto, ''Helvetica Neue'', Arial, sans-serif;margin: 0 0 10px 0;font-size: 16px;line-height: 23px;color: #52606d;">
# is het nummer van de melding; dat blijft gelijk.
ibpmon schreef deze mail op 23 november 2026 11:00. U krijgt alleen mail als er iets verandert.
</p>
</td></tr>
</tbody></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></tbody></table>


</body></html>','new',0,1795428000000000,NULL,NULL,'');
CREATE TABLE placement (
	tenant_id BIGINT NOT NULL, 
	kind VARCHAR NOT NULL, 
	object_id VARCHAR NOT NULL, 
	population VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	school VARCHAR NOT NULL, 
	function VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	employed_until BIGINT, 
	on_staff_list BOOLEAN, 
	reason VARCHAR NOT NULL, 
	CONSTRAINT pk_placement PRIMARY KEY (tenant_id, kind, object_id)
);
INSERT INTO "placement" VALUES(1,'account','00bb5523-647c-97eb-8916-c65e0ef7869d','pupil','unknown','PAP','','400043',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0117d691-a9d7-6a94-6bb9-55e5538f780b','pupil','unknown','VLI','','400104',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','02108a89-ba40-7c6b-0cb0-c1573a1006db','staff','unknown','BUR','ICT-beheerder','100003',NULL,1,'population: domain verzonnenwaaier.example; person: employee number; school: staff list');
INSERT INTO "placement" VALUES(1,'account','02ee3951-115a-26c9-52fe-1c10ac5cc1ea','pupil','unknown','PAP','','400379',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0486bdcb-e8be-a353-17c0-c95273f3592a','pupil','unknown','VLI','','400191',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','048d8534-c452-7613-a45d-ff2e188a5adc','pupil','unknown','KIK','','400213',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0491f98b-d0bc-13de-4e57-1d33af3efa07','pupil','unknown','KIK','','400444',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','04cbf779-c803-b6a0-be9b-15b8cd9f3472','pupil','unknown','KIK','','400462',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','05ab7da5-8802-765a-26cc-cb338defb94d','pupil','unknown','PAP','','400421',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','06c64143-6c51-f949-7ca3-ac03eb78fe85','pupil','unknown','VLI','','400278',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','06cd7cc2-6c0c-c13c-d92a-9bc193e83ed4','pupil','unknown','PAP','','400067',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','06d75630-8f8f-8081-725e-d78f6727f517','pupil','unknown','VLI','','400170',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','071c2942-393b-8bac-1bfc-1bbad7ecf3cd','pupil','unknown','VLI','','400500',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0722f3ba-0019-8992-0ef6-935fa1c58232','service','unknown','','','',NULL,NULL,'population: name svc-*');
INSERT INTO "placement" VALUES(1,'account','0730f32f-8356-66f2-5bca-f8b7b357a498','pupil','unknown','VLI','','400392',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','07591d13-572d-ff8d-e62b-01c721c8febb','pupil','unknown','KIK','','400246',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0861f942-4350-fe8e-374c-a9035d4c811c','pupil','unknown','PAP','','400493',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0933ce3f-8150-4d57-cd09-b3f4e27cf6ab','staff','unknown','VLI','Leerkracht groep 7','100027',NULL,1,'population: domain verzonnenwaaier.example; person: employee number; school: staff list');
INSERT INTO "placement" VALUES(1,'account','09ad0644-e975-fd0b-98ca-2ffa7ee85573','pupil','unknown','PAP','','400289',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','09ad95df-fbce-ac33-dada-a6d26eaf3a21','pupil','unknown','KIK','','400282',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0a258687-6026-dbb7-8d1a-d519a12833d7','pupil','unknown','VLI','','400251',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0aeefa58-b7ec-8507-242d-95d805fde011','pupil','unknown','KIK','','400498',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0b17a306-8adc-dd62-f8ff-48f8608ef61a','staff','unknown','KIK','Leerkracht groep 4','100565',1795474800000000,1,'population: domain verzonnenwaaier.example; person: employee number; school: staff list');
INSERT INTO "placement" VALUES(1,'account','0c246234-2d7a-e752-405c-4a017a7e587b','pupil','unknown','KIK','','400099',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
INSERT INTO "placement" VALUES(1,'account','0c61a478-f527-66ca-8976-79855a6c9d2b','pupil','unknown','VLI','','400065',NULL,NULL,'population: domain leerling.verzonnenwaaier.example; person: user name; school: pupil list');
CREATE TABLE run (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	connector VARCHAR NOT NULL, 
	started_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	state VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	reason_values JSON NOT NULL, 
	missing VARCHAR NOT NULL, 
	rows BIGINT NOT NULL, 
	skipped_rows BIGINT NOT NULL, 
	covers_from BIGINT, 
	covers_until BIGINT, 
	CONSTRAINT pk_run PRIMARY KEY (tenant_id, run_id)
);
INSERT INTO "run" VALUES(1,1,'pupil-list',1795428000000000,1795428000014861,'FULL','','{}','',508,0,NULL,NULL);
INSERT INTO "run" VALUES(1,2,'staff-list',1795428000000000,1795428000007992,'FULL','','{}','',65,0,NULL,NULL);
INSERT INTO "run" VALUES(1,3,'accounts',1795428000000000,1795428000201595,'FULL','','{}','',587,0,NULL,NULL);
INSERT INTO "run" VALUES(1,4,'groups',1795428000000000,1795428000011566,'FULL','','{}','',68,0,NULL,NULL);
INSERT INTO "run" VALUES(1,5,'managed-devices',1795428000000000,1795428000020848,'FULL','','{}','',150,0,NULL,NULL);
INSERT INTO "run" VALUES(1,6,'mfa-registration',1795428000000000,1795428000034193,'FULL','','{}','',577,0,NULL,NULL);
INSERT INTO "run" VALUES(1,7,'sign-ins',1795428000000000,1795428020040367,'FULL','','{}','',2778,0,1792836300000000,1795428000000000);
INSERT INTO "run" VALUES(1,8,'sites',1795428000000000,1795428000015020,'FULL','','{}','',44,0,NULL,NULL);
INSERT INTO "run" VALUES(1,9,'drives',1795428000000000,1795428000077224,'FULL','','{}','',42,0,NULL,NULL);
INSERT INTO "run" VALUES(1,10,'group-members',1795428000000000,1795428000132231,'FULL','','{}','',1072,0,NULL,NULL);
INSERT INTO "run" VALUES(1,11,'drive-permissions',1795428000000000,1795428000078368,'FULL','','{}','',103,0,NULL,NULL);
CREATE TABLE stage_accounts (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	account_id TEXT NOT NULL, 
	upn TEXT, 
	name TEXT, 
	enabled BOOLEAN, 
	user_type TEXT, 
	employee_id TEXT, 
	job_title TEXT, 
	office TEXT, 
	created BIGINT, 
	CONSTRAINT pk_stage_accounts PRIMARY KEY (tenant_id, run_id, account_id)
);
CREATE TABLE stage_drive_permissions (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	drive_id TEXT NOT NULL, 
	permission_id TEXT NOT NULL, 
	roles JSON, 
	user_id TEXT, 
	group_id TEXT, 
	site_group TEXT, 
	login_name TEXT, 
	link_scope TEXT, 
	link_type TEXT, 
	expires BIGINT, 
	CONSTRAINT pk_stage_drive_permissions PRIMARY KEY (tenant_id, run_id, drive_id, permission_id)
);
CREATE TABLE stage_drives (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	site_id TEXT, 
	drive_id TEXT NOT NULL, 
	name TEXT, 
	CONSTRAINT pk_stage_drives PRIMARY KEY (tenant_id, run_id, drive_id)
);
CREATE TABLE stage_group_members (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	group_id TEXT NOT NULL, 
	member_id TEXT NOT NULL, 
	kind TEXT, 
	CONSTRAINT pk_stage_group_members PRIMARY KEY (tenant_id, run_id, group_id, member_id)
);
CREATE TABLE stage_groups (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	group_id TEXT NOT NULL, 
	name TEXT, 
	visibility TEXT, 
	dynamic TEXT, 
	CONSTRAINT pk_stage_groups PRIMARY KEY (tenant_id, run_id, group_id)
);
CREATE TABLE stage_managed_devices (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	device_id TEXT NOT NULL, 
	name TEXT, 
	account_id TEXT, 
	serial TEXT, 
	system TEXT, 
	model TEXT, 
	category TEXT, 
	last_sync BIGINT, 
	enrolled BIGINT, 
	CONSTRAINT pk_stage_managed_devices PRIMARY KEY (tenant_id, run_id, device_id)
);
CREATE TABLE stage_mfa_registration (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	account_id TEXT NOT NULL, 
	mfa_capable BOOLEAN, 
	mfa_registered BOOLEAN, 
	methods JSON, 
	CONSTRAINT pk_stage_mfa_registration PRIMARY KEY (tenant_id, run_id, account_id)
);
CREATE TABLE stage_pupil_list (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	pupil_number TEXT NOT NULL, 
	upn TEXT, 
	school TEXT, 
	year_group TEXT, 
	enrolled BOOLEAN, 
	CONSTRAINT pk_stage_pupil_list PRIMARY KEY (tenant_id, run_id, pupil_number)
);
CREATE TABLE stage_sites (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	site_id TEXT NOT NULL, 
	name TEXT, 
	address TEXT, 
	personal BOOLEAN, 
	CONSTRAINT pk_stage_sites PRIMARY KEY (tenant_id, run_id, site_id)
);
CREATE TABLE stage_staff_list (
	tenant_id BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	employee_number TEXT NOT NULL, 
	school TEXT NOT NULL, 
	start_date TEXT NOT NULL, 
	end_date TEXT, 
	name TEXT, 
	upn TEXT, 
	function TEXT, 
	CONSTRAINT pk_stage_staff_list PRIMARY KEY (tenant_id, run_id, employee_number, school, start_date)
);
CREATE TABLE tenant (
	tenant_id BIGINT NOT NULL, 
	"key" VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_tenant PRIMARY KEY (tenant_id), 
	CONSTRAINT uq_tenant_key UNIQUE ("key")
);
INSERT INTO "tenant" VALUES(1,'547c09f5-d778-5a87-904e-0d9e127773aa','Stichting De Verzonnen Waaier',1795428000000000);
CREATE UNIQUE INDEX ix_alert_tenant_id_rule_subject ON alert (tenant_id, rule, subject);
CREATE INDEX ix_evaluation_tenant_id_rule_at ON evaluation (tenant_id, rule, at);
CREATE INDEX ix_finding_tenant_id_gone_at ON finding (tenant_id, gone_at);
CREATE UNIQUE INDEX ix_finding_tenant_id_rule_subject_object_window_start ON finding (tenant_id, rule, subject, object, window_start);
CREATE INDEX ix_outbox_tenant_id_state ON outbox (tenant_id, state);
CREATE INDEX ix_run_tenant_id_connector_started_at ON run (tenant_id, connector, started_at);
CREATE UNIQUE INDEX living_collected_pupil_list ON collected_pupil_list (tenant_id, pupil_number) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_staff_list ON collected_staff_list (tenant_id, employee_number, school, start_date) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_accounts ON collected_accounts (tenant_id, account_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_groups ON collected_groups (tenant_id, group_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_managed_devices ON collected_managed_devices (tenant_id, device_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_mfa_registration ON collected_mfa_registration (tenant_id, account_id) WHERE gone_at IS NULL;
CREATE INDEX by_ip_address_collected_sign_ins ON collected_sign_ins (tenant_id, ip_address, at);
CREATE INDEX arrived_collected_sign_ins ON collected_sign_ins (tenant_id, seq);
CREATE INDEX by_account_id_collected_sign_ins ON collected_sign_ins (tenant_id, account_id, at);
CREATE UNIQUE INDEX living_collected_sites ON collected_sites (tenant_id, site_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_drives ON collected_drives (tenant_id, drive_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_group_members ON collected_group_members (tenant_id, group_id, member_id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX living_collected_drive_permissions ON collected_drive_permissions (tenant_id, drive_id, permission_id) WHERE gone_at IS NULL;
COMMIT;
