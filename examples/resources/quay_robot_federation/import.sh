# The id is the robot's full name.
terraform import quay_robot_federation.example example-robot-federation+ci
