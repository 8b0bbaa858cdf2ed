//! Servers, load balancers and networks. The rules of security groups are in `network`.

use super::{EVERYONE, Row, SET, TRUE, Test, by_default, if_set, row};

pub(super) const ROWS: &[Row] = &[
    row(
        &["AWS::EKS::Cluster"],
        &[
            by_default("/ResourcesVpcConfig/PublicAccessCidrs/*", "0.0.0.0/0", Test::Everyone),
            by_default("/ResourcesVpcConfig/EndpointPublicAccess", "true", TRUE),
        ],
        "anyone can reach the endpoint of its Kubernetes API",
    ),
    row(
        &["AWS::EKS::Cluster"],
        &[by_default("/ResourcesVpcConfig/EndpointPublicAccess", "true", TRUE)],
        "the endpoint of its Kubernetes API has a public address",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::LoadBalancer"],
        &[
            by_default("/Scheme", "internet-facing", Test::Is(&["internet-facing"])),
            by_default("/Type", "application", Test::IsNot(&["gateway"])),
        ],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::ElasticLoadBalancing::LoadBalancer"],
        &[by_default("/Scheme", "internet-facing", Test::Is(&["internet-facing"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::Listener"],
        &[by_default(
            "/DefaultActions/*/AuthenticateCognitoConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::Listener"],
        &[by_default(
            "/DefaultActions/*/AuthenticateOidcConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::ListenerRule"],
        &[by_default(
            "/Actions/*/AuthenticateCognitoConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::ListenerRule"],
        &[by_default(
            "/Actions/*/AuthenticateOidcConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::EC2::Subnet"],
        &[if_set("/MapPublicIpOnLaunch", TRUE)],
        "instances that start in it get public addresses",
    ),
    row(
        &["AWS::EC2::Route"],
        &[
            if_set("/DestinationCidrBlock", Test::Everyone),
            if_set("/GatewayId", Test::RefersTo("AWS::EC2::InternetGateway", "igw-")),
        ],
        "its subnets are connected to the internet",
    ),
    row(
        &["AWS::EC2::Route"],
        &[
            if_set("/DestinationIpv6CidrBlock", Test::Everyone),
            if_set("/GatewayId", Test::RefersTo("AWS::EC2::InternetGateway", "igw-")),
        ],
        "its subnets are connected to the internet",
    ),
    row(&["AWS::EC2::PrefixList"], &[if_set("/Entries/*/Cidr", Test::Everyone)], "it contains every address"),
    row(
        &["AWS::EC2::Instance"],
        &[if_set("/NetworkInterfaces/*/AssociatePublicIpAddress", TRUE)],
        "it gets a public address",
    ),
    row(
        &["AWS::EC2::LaunchTemplate"],
        &[if_set("/LaunchTemplateData/NetworkInterfaces/*/AssociatePublicIpAddress", TRUE)],
        "its instances get public addresses",
    ),
    row(
        &["AWS::EC2::SpotFleet"],
        &[if_set(
            "/SpotFleetRequestConfigData/LaunchSpecifications/*/NetworkInterfaces/*/AssociatePublicIpAddress",
            TRUE,
        )],
        "its instances get public addresses",
    ),
    row(
        &["AWS::AutoScaling::LaunchConfiguration", "AWS::MGN::LaunchConfigurationTemplate"],
        &[if_set("/AssociatePublicIpAddress", TRUE)],
        "its instances get public addresses",
    ),
    row(&["AWS::OpsWorks::Layer"], &[if_set("/AutoAssignPublicIps", TRUE)], "its instances get public addresses"),
    row(
        &["AWS::DRS::ReplicationConfigurationTemplate"],
        &[if_set("/CreatePublicIP", TRUE)],
        "its servers get public addresses",
    ),
    row(&["AWS::EC2::EIP"], &[if_set("/InstanceId", SET)], "an instance gets a public address"),
    row(&["AWS::EC2::EIPAssociation"], &[], "it gives an instance or a network interface a public address"),
    row(
        &["AWS::ECS::Service"],
        &[if_set("/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its tasks get public addresses",
    ),
    row(
        &["AWS::ECS::TaskSet"],
        &[if_set("/NetworkConfiguration/AwsVpcConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its tasks get public addresses",
    ),
    row(
        &["AWS::Events::Rule"],
        &[if_set(
            "/Targets/*/EcsParameters/NetworkConfiguration/AwsVpcConfiguration/AssignPublicIp",
            Test::Is(&["ENABLED"]),
        )],
        "the tasks that it starts get public addresses",
    ),
    row(
        &["AWS::Scheduler::Schedule"],
        &[if_set(
            "/Target/EcsParameters/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp",
            Test::Is(&["ENABLED"]),
        )],
        "the tasks that it starts get public addresses",
    ),
    row(
        &["AWS::Batch::JobDefinition"],
        &[if_set("/ContainerProperties/NetworkConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its jobs get public addresses",
    ),
    row(
        &["AWS::Batch::JobDefinition"],
        &[if_set("/EcsProperties/TaskProperties/*/NetworkConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its jobs get public addresses",
    ),
    row(
        &["AWS::ECS::Gateway"],
        &[if_set("/Configuration/HostSharedAlb/Scheme", Test::Is(&["internet-facing"]))],
        "it can be reached from the internet",
    ),
    row(
        // App Runner Developer Guide, "Enabling private endpoint for incoming traffic", has the default.
        &["AWS::AppRunner::Service"],
        &[by_default("/NetworkConfiguration/IngressConfiguration/IsPubliclyAccessible", "true", TRUE)],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Transfer::Server"],
        &[by_default("/EndpointType", "PUBLIC", Test::Is(&["PUBLIC"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Transfer::Server"],
        &[if_set("/EndpointDetails/AddressAllocationIds/*", SET)],
        "its endpoint has public addresses",
    ),
    row(
        &["AWS::MWAA::Environment"],
        &[if_set("/WebserverAccessMode", Test::Is(&["PUBLIC_ONLY", "PUBLIC_AND_PRIVATE"]))],
        "its web server can be reached from the internet",
    ),
    row(
        &["AWS::EC2::VPCBlockPublicAccessExclusion"],
        &[if_set("/InternetGatewayExclusionMode", Test::Is(&["allow-bidirectional"]))],
        "the block on traffic from the internet does not apply to its network",
    ),
    row(
        &["AWS::EC2::VPCEndpointServicePermissions"],
        &[if_set("/AllowedPrincipals/*", EVERYONE)],
        "every AWS account can connect to the endpoint service",
    ),
];
