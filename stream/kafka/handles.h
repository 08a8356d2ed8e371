// stream/kafka/handles.h
// One owner per type of librdkafka. A naked pointer that C returns is wrapped in the same expression; no other file destroys one.
//
//   Errors   none
//   Threads  as librdkafka says of each type
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <memory>

namespace due::kafka {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* handle) const noexcept { Destroy(handle); }
};
template <class T, auto Destroy>
using Handle = std::unique_ptr<T, Destroyer<Destroy>>;

// A consumer goes without leaving its group: a static member comes back, and the others never joined. Who must leave calls
// rd_kafka_consumer_close() first.
inline void abandon_consumer(rd_kafka_t* client) { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }

using ConfHandle = Handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using ProducerHandle = Handle<rd_kafka_t, rd_kafka_destroy>;
using ConsumerHandle = Handle<rd_kafka_t, abandon_consumer>;
using QueueHandle = Handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using TopicHandle = Handle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using EventHandle = Handle<rd_kafka_event_t, rd_kafka_event_destroy>;
using ErrorHandle = Handle<rd_kafka_error_t, rd_kafka_error_destroy>;
using HeadersHandle = Handle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using PartitionsHandle = Handle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using GroupMetadataHandle = Handle<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;
// A text that librdkafka allocated.
inline void free_text(char* text) { std::free(text); }

using TextHandle = Handle<char, free_text>;
using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using AdminOptionsHandle = Handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ConfigResourceHandle = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using TopicNamesHandle = Handle<rd_kafka_TopicCollection_t, rd_kafka_TopicCollection_destroy>;

}  // namespace due::kafka
