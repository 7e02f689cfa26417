//! Webhooks: addresses of somebody's that are told what happens to their workflows and stories. A setting of the account, whatever
//! it is told of.

use proto::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, DeleteWebhookResponse, GetWebhookDeliveryRequest,
    GetWebhookRequest, ListWebhookDeliveriesRequest, ListWebhookDeliveriesResponse, ListWebhooksRequest,
    ListWebhooksResponse, ReplayWebhookDeliveryRequest, RotateWebhookSecretRequest, UpdateWebhookRequest,
    Webhook, WebhookDelivery,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadAccount, RequestContext, WriteAccount},
    services::Services,
};

rpc_operations! {
    /// Its secret is in the answer, this one time.
    CreateWebhook(CreateWebhookRequest) -> Webhook: webhooks.create_webhook,
        AccountHolder, WriteAccount, Price::STANDARD, Field::Mutation("createWebhook");
    GetWebhook(GetWebhookRequest) -> Webhook: webhooks.get_webhook,
        AccountHolder, ReadAccount, Price::STANDARD, Field::Query("webhook");
    ListWebhooks(ListWebhooksRequest) -> ListWebhooksResponse: webhooks.list_webhooks,
        AccountHolder, ReadAccount, Price::STANDARD, Field::Query("webhooks");
    UpdateWebhook(UpdateWebhookRequest) -> Webhook: webhooks.update_webhook,
        AccountHolder, WriteAccount, Price::STANDARD, Field::Mutation("updateWebhook");
    DeleteWebhook(DeleteWebhookRequest) -> DeleteWebhookResponse: webhooks.delete_webhook,
        AccountHolder, WriteAccount, Price::STANDARD, Field::Mutation("deleteWebhook");
    RotateWebhookSecret(RotateWebhookSecretRequest) -> Webhook: webhooks.rotate_webhook_secret,
        AccountHolder, WriteAccount, Price::STANDARD, Field::Mutation("rotateWebhookSecret");
    ListWebhookDeliveries(ListWebhookDeliveriesRequest) -> ListWebhookDeliveriesResponse:
        webhooks.list_webhook_deliveries,
        AccountHolder, ReadAccount, Price::STANDARD, Field::Query("webhookDeliveries");
    GetWebhookDelivery(GetWebhookDeliveryRequest) -> WebhookDelivery: webhooks.get_webhook_delivery,
        AccountHolder, ReadAccount, Price::STANDARD, Field::Query("webhookDelivery");
    ReplayWebhookDelivery(ReplayWebhookDeliveryRequest) -> WebhookDelivery: webhooks.replay_webhook_delivery,
        AccountHolder, WriteAccount, Price::STANDARD, Field::Mutation("replayWebhookDelivery");
}
