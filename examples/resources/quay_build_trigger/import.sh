# The last part is the id of the trigger, which must be set up: `terraform query` lists such triggers.
terraform import quay_build_trigger.example example-build-trigger/app/0d0a3c2e-5f0b-4a26-9b2b-6f4c2b7e8f10
