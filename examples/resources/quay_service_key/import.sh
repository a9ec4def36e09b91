# The id is that of the key; its private half is not imported, because Quay never shows it again.
terraform import quay_service_key.example q-bP0-aIID2kw1wb3naWdb7UrVvgTFydC-KrT_iRbgY
