# The last part is the UUID that Quay gave it: `terraform query` lists them.
terraform import quay_org_notification.example example-org-notification/59fbbfae-746f-4308-9365-ea2eaca84fe6
